/** AgentCore hangs: who reads or forgets what is remembered is told so by their deadline. */
import { forgetProof } from "@caprock/contract";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { adminClient } from "../../testing/admin-client.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const startMs = Date.parse("2026-11-20T12:00:00Z");
/** Longer than a test takes. */
const hangMs = 60_000;
/** A call that is late, and comes back. */
const slowMs = 300;

let api: OpenApi;
let key: string;
let tenantId: string;
beforeAll(async () => {
  api = await openApi(startMs);
}, 60_000);
beforeEach(async () => {
  api.awsLocal.clearFaults();
  const { apiKey, tenant } = await api.newTenant();
  key = apiKey;
  tenantId = tenant.id;
  const parts = [{ role: "user" as const, text: "My dog is called Rex." }];
  const event = { sessionId: "s", token: tenantId, atMs: startMs, firstSequence: 1, lastSequence: 1, parts };
  await api.parts.tenant.memory.longTerm!.memory.ingest(tenantId, "ann", event);
});
afterAll(() => api?.close());

/** Lets the deadline of whoever waits come. */
async function deadline<Result>(asked: Promise<Result>): Promise<Result> {
  await vi.waitFor(() => expect(api.waits.durationsMs).toEqual([1_000]));
  api.waits.goOff();
  return asked;
}

function delay(delayMs: number, operation: string): void {
  api.awsLocal.addFault({ service: "agentcore", kind: "delay", delayMs, operation, count: 10 });
}

test("a list of what is remembered is a 504 with its code by the deadline, and a list once AgentCore answers", async () => {
  delay(hangMs, "ListMemoryRecords");
  const late = await deadline(api.send("GET", "/v1/actors/ann/memories", { key }));
  expect([late.status, await late.json()]).toEqual([
    504,
    {
      error: expect.objectContaining({
        code: "upstream_timeout",
        message: expect.stringContaining("Long-term memory did not answer within 1000 ms."),
      }),
    },
  ]);
  api.awsLocal.clearFaults();
  const listed = await api.send("GET", "/v1/actors/ann/memories", { key });
  expect([listed.status, await listed.text()]).toEqual([200, expect.stringContaining("Rex")]);
});

test("an export breaks off by the deadline, so that none that lacks something looks whole", async () => {
  delay(hangMs, "ListSessions");
  const answer = await api.send("GET", "/v1/actors/ann/export", { key });
  await expect(deadline(answer.text())).rejects.toMatchObject({ problem: { code: "upstream_timeout" } });
});

test("forgetting an actor tells what is unfinished, goes on behind the answer, and is complete when asked again", async () => {
  delay(slowMs, "ListSessions");
  const late = await deadline(api.send("DELETE", "/v1/actors/ann", { key }));
  expect(late.status).toBe(200);
  const proof = forgetProof.parse(await late.json());
  expect(proof).toMatchObject({ complete: false, unfinished: ["longTermMemory"] });
  expect(proof.removed).not.toHaveProperty("longTermMemory");
  expect(proof.left).not.toHaveProperty("longTermMemory");
  await Promise.all(api.behind);
  api.awsLocal.clearFaults();
  const again = forgetProof.parse(await (await api.send("DELETE", "/v1/actors/ann", { key })).json());
  expect(again).toMatchObject({
    complete: true,
    removed: { longTermMemory: { events: 0, records: 0 } },
    left: { longTermMemory: { events: 0, records: 0 } },
  });
  expect(again).not.toHaveProperty("unfinished");
});

test("a session that may have been remembered is not said to be unknown while that cannot be read", async () => {
  delay(slowMs, "ListEvents");
  const late = await deadline(api.send("DELETE", "/v1/sessions/none?actor=ann", { key }));
  expect([late.status, await late.json()]).toMatchObject([200, { complete: false }]);
  await Promise.all(api.behind);
  api.awsLocal.clearFaults();
  expect((await api.send("DELETE", "/v1/sessions/none?actor=ann", { key })).status).toBe(404);
});

test("an admin who forgets a tenant is told the same", async () => {
  delay(slowMs, "ListActors");
  const late = await deadline(adminClient(api).forgetTenant({ params: { tenantId } }));
  expect(late).toMatchObject({ complete: false, unfinished: ["longTermMemory"] });
  await Promise.all(api.behind);
  api.awsLocal.clearFaults();
  expect(await adminClient(api).forgetTenant({ params: { tenantId } })).toMatchObject({ complete: true });
});
