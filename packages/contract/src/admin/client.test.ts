import { expect, test } from "vitest";
import { AdminApiError, createAdminClient } from "./client.ts";

/** A client whose fetch answers as told, and what it was asked. */
function clientAnswering(status: number, body: string) {
  const asked: { url: string; init: RequestInit | undefined }[] = [];
  const client = createAdminClient({
    baseUrl: "http://admin",
    token: "the-token",
    fetch: (url, init) => {
      asked.push({ url: String(url), init });
      return Promise.resolve(new Response(body, { status }));
    },
  });
  return { client, asked };
}

test("ids are put into the path encoded, members into the query or the body, the token into its header", async () => {
  const { client, asked } = clientAnswering(200, "{}");
  await client.readTenant({ params: { tenantId: "a/../b?c" } });
  await client.updateTenant({ params: { tenantId: "t1" }, body: { monthlyCapUsd: "70" } });
  await client.listLedger({ params: { tenantId: "t1" }, query: { month: "2026-11", after: undefined } });
  await client.usageSummary({});
  expect(asked.map(({ url }) => url)).toEqual([
    "http://admin/admin/v1/tenants/a%2F..%2Fb%3Fc",
    "http://admin/admin/v1/tenants/t1",
    "http://admin/admin/v1/tenants/t1/ledger?month=2026-11",
    "http://admin/admin/v1/usage",
  ]);
  expect(asked[1]?.init).toMatchObject({
    method: "PATCH",
    headers: { authorization: "Bearer the-token", "content-type": "application/json" },
    body: '{"monthlyCapUsd":"70"}',
  });
  expect(asked[0]?.init?.body).toBeUndefined();
});

test("an error of the API is thrown with its status, code, message and member", async () => {
  const error = {
    code: "invalid_request",
    message: "monthlyCapUsd: is wrong.",
    param: "monthlyCapUsd",
    requestId: "req_1",
  };
  const { client } = clientAnswering(400, JSON.stringify({ error }));
  const failed = client.createTenant({ body: { name: "x", monthlyCapUsd: "y" } });
  await expect(failed).rejects.toBeInstanceOf(AdminApiError);
  await expect(failed).rejects.toMatchObject({
    status: 400,
    ...{ code: error.code, message: error.message, param: error.param },
  });
});

test.each(["<html>Bad gateway</html>", "", "null", '"text"', '{"error":"text"}'])(
  "an error answer that is not the API's own (%s) is still a readable error",
  async (body) => {
    const { client } = clientAnswering(502, body);
    await expect(client.listTenants({})).rejects.toMatchObject({
      name: "AdminApiError",
      status: 502,
      code: "unreadable_answer",
      message: expect.stringContaining("502"),
    });
  },
);
