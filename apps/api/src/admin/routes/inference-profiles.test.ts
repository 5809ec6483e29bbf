import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };
const model = "us.anthropic.claude-sonnet-5";

let api: OpenApi;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
}, timeoutMs);
afterAll(() => api?.close());

interface TenantAnswer {
  inferenceProfiles: { arn: string; model: string }[];
}

async function add(tenantId: string, body: object) {
  const answer = await api.send("POST", `/admin/v1/tenants/${tenantId}/inference-profiles`, {
    key: api.adminToken,
    body,
  });
  return {
    status: answer.status,
    body: (await answer.json()) as TenantAnswer & { error?: { code: string } },
  };
}

const converse = (key: string, id: string) =>
  api.send("POST", `/model/${encodeURIComponent(id)}/converse`, {
    key,
    body: { messages: [{ role: "user", content: [{ text: "Hello" }] }] },
  });

const served = (tenant: string) => api.awsLocal.witness({ tenant }).invocations;

test(
  "a tenant's calls go through its profile, named or not, and cost what the model costs",
  timeout,
  async () => {
    const { tenant, apiKey } = await api.newTenant();
    const { status, body } = await add(tenant.id, { model });
    expect(status).toBe(200);
    const [profile] = body.inferenceProfiles;
    expect(profile).toMatchObject({
      model,
      arn: expect.stringMatching(/:application-inference-profile\/\w+$/),
    });
    for (const id of [profile!.arn, model]) {
      const answer = await converse(apiKey, id);
      expect(answer.status).toBe(200);
      const entry = await api.ledger.find(tenant.id, answer.headers.get("x-amzn-requestid")!);
      expect(entry).toMatchObject({ modelId: "anthropic.claude-sonnet-5", invokedId: model });
      const counted = await api.send("POST", "/v1/messages/count_tokens", {
        key: apiKey,
        body: { model: id, messages: [{ role: "user", content: "Hello" }] },
      });
      expect(counted.status).toBe(200);
    }
    expect(served(tenant.id)).toMatchObject([
      { modelId: profile!.arn, requestMetadata: { caprock_source: model } },
      { modelId: profile!.arn },
    ]);
    // Another id of the model is another price, and has no profile.
    expect((await converse(apiKey, "global.anthropic.claude-sonnet-5")).status).toBe(200);
    expect(served(tenant.id).at(-1)).toMatchObject({ modelId: "global.anthropic.claude-sonnet-5" });
  },
);

test("a profile is made once, and told of before AWS makes it", timeout, async () => {
  const { tenant } = await api.newTenant();
  const first = await add(tenant.id, { model });
  expect(await add(tenant.id, { model })).toEqual(first);
  const audit = await api.send("GET", `/admin/v1/tenants/${tenant.id}/audit?limit=2`, {
    key: api.adminToken,
  });
  expect(((await audit.json()) as { entries: object[] }).entries).toMatchObject([
    { action: "profile.add", target: first.body.inferenceProfiles[0]?.arn },
    { action: "profile.create", target: model, change: { tags: { "caprock-tenant": tenant.id } } },
  ]);
});

test("another tenant's profile is one that never was, and one that was taken away too", timeout, async () => {
  const [one, other] = [await api.newTenant(), await api.newTenant()];
  const { body } = await add(one.tenant.id, { model });
  const { arn } = body.inferenceProfiles[0]!;
  const foreign = await converse(other.apiKey, arn);
  expect([foreign.status, await foreign.json()]).toMatchObject([404, { code: "model_not_found" }]);
  const removed = await api.send(
    "DELETE",
    `/admin/v1/tenants/${one.tenant.id}/inference-profiles?arn=${encodeURIComponent(arn)}`,
    { key: api.adminToken },
  );
  expect([removed.status, await removed.json()]).toMatchObject([200, { inferenceProfiles: [] }]);
  expect((await converse(one.apiKey, arn)).status).toBe(404);
  expect(served(other.tenant.id)).toEqual([]);
});

test(
  "a profile that is there already is taken for the model that AWS says it is of, and for no other",
  timeout,
  async () => {
    const [one, other] = [await api.newTenant(), await api.newTenant()];
    const { arn } = (await add(one.tenant.id, { model })).body.inferenceProfiles[0]!;
    expect((await add(other.tenant.id, { model, arn })).body.inferenceProfiles).toEqual([{ arn, model }]);
    const refused: [object, number, string][] = [
      [{ model: "us.anthropic.claude-opus-5", arn }, 400, "invalid_request"],
      [{ model, arn: arn.replace(/\w+$/, "nosuchprofile") }, 404, "not_found"],
      [{ model: "nope" }, 404, "model_not_found"],
      [{ model, arn: "arn:aws:s3:::bucket" }, 400, "invalid_request"],
    ];
    for (const [body, status, code] of refused) {
      expect(await add(other.tenant.id, body)).toMatchObject({ status, body: { error: { code } } });
    }
  },
);
