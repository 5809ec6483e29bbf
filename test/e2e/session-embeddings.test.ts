/** A session that is searched by likeness: what was said in other words is found, charged to its tenant, and forgotten with proof. */
import { forgetProof } from "@caprock/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { openAiClient } from "../platform/clients.ts";
import { type RecordedBedrock, recordBedrock } from "../platform/recorded-bedrock.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "us.amazon.nova-lite-v1:0";
const embeddingModel = "cohere.embed-v4:0";
const windowTokens = 2_000;
const turns = 12;
const fact = "On Saturday we went to the shelter and came home with a puppy, Rex.";
/** No word of it is in the fact; the local model's vectors know that "Hund" means the same. */
const question = "Wie heißt unser Hund?";
const headers = {
  "x-caprock-session": "ticket-7",
  "x-caprock-actor": "ann",
  "x-caprock-report": "context",
};

let recorded: RecordedBedrock;
let platform: Platform;

beforeAll(async () => {
  recorded = await recordBedrock();
  platform = await startPlatform({
    environment: {
      AWS_ENDPOINT_URL_BEDROCK_RUNTIME: recorded.url,
      // Whatever else this machine does meanwhile: being late is tested elsewhere.
      CAPROCK_EMBEDDING_DEADLINE_MS: "20000",
    },
  });
  recorded.forwardTo(platform.awsLocal.url);
});
afterAll(async () => {
  await platform?.close();
  recorded?.close();
});

async function say(tenant: TestTenant, content: string) {
  const { response } = await openAiClient(platform.url, tenant)
    .chat.completions.create({ model, messages: [{ role: "user", content }] }, { headers })
    .withResponse();
  const prompt = recorded.bodies.findLast((body) => body.includes('"messages"'));
  return { prompt, report: JSON.parse(response.headers.get("x-caprock-context-report") ?? "{}") };
}

async function talk(tenant: TestTenant): Promise<void> {
  await say(tenant, fact);
  for (let turn = 2; turn <= turns; turn++) {
    await say(tenant, `Turn ${turn}: ${"the kettle hums and the lamp is off. ".repeat(12)}`);
  }
}

test("what was said in other words is found by likeness, and both kinds of embeddings are in the ledger as they were served", async () => {
  const tenant = await platform.createTenant();
  const params = { tenantId: tenant.id };
  await platform.admin.updateTenant({ params, body: { contextPolicy: { windowTokens } } });
  await talk(tenant);
  const byWords = await say(tenant, question);
  expect(byWords.prompt).not.toContain("Rex");
  expect(byWords.report).not.toHaveProperty("likeness");

  const contextPolicy = { windowTokens, embeddingModel };
  await platform.admin.updateTenant({ params, body: { contextPolicy } });
  // A process may have a copy of the tenant's policy for a second; the turn that has the new one embeds all that waits.
  await expect.poll(async () => (await say(tenant, question)).report.likeness?.outcome).toBe("none_kept");
  await expect
    .poll(async () => (await say(tenant, question)).report.likeness?.outcome, { timeout: 20_000 })
    .toBe("fused");
  const { prompt, report } = await say(tenant, question);
  expect(prompt).toContain("Rex");
  expect(report.likeness).toMatchObject({ modelId: embeddingModel, outcome: "fused" });
  expect(report.likeness.messages).toBeGreaterThanOrEqual(2 * turns);
  expect(JSON.stringify(report)).not.toContain("Rex");

  const entries = await expectBooksToBalance(platform, tenant.id);
  const own = entries.filter(({ wire }) => wire === "caprock.embedding");
  expect(own.length).toBeGreaterThanOrEqual(2);
  expect(own.every(({ modelId, status }) => modelId === embeddingModel && status === "completed")).toBe(true);

  const forgotten = await fetch(`${platform.url}/v1/sessions/ticket-7?actor=ann`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${tenant.apiKey}` },
  });
  const proof = forgetProof.parse(await forgotten.json());
  expect(proof).toMatchObject({ complete: true, left: { vectors: 0 } });
  expect(proof.removed.vectors).toBeGreaterThanOrEqual(turns);
}, 120_000);

test("while the embedding model is down, sessions are answered by a search for words, and nothing is charged for it", async () => {
  const tenant = await platform.createTenant();
  const params = { tenantId: tenant.id };
  await platform.admin.updateTenant({
    params,
    body: { contextPolicy: { windowTokens, embeddingModel } },
  });
  platform.awsLocal.addFault({
    service: "bedrock",
    operation: "InvokeModel",
    kind: "unavailable",
    tenant: tenant.id,
    count: 1_000,
  });
  await talk(tenant);
  expect((await say(tenant, question)).report.likeness).toMatchObject({ outcome: "none_kept" });
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries.filter(({ wire }) => wire === "caprock.embedding")).toEqual([]);
  expect(entries).toHaveLength(turns + 1);
  platform.awsLocal.clearFaults();
}, 120_000);
