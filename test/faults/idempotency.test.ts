/**
 * Calls under an idempotency key whose client leaves or whose process dies: half an answer is never replayed, the key is
 * free at once or when its lease ends, and all that Bedrock served is billed.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance, openHolds, until } from "../platform/accounting.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ apis: 2, environment: { CAPROCK_HOLD_TTL_MS: "4000" } });
  await platform.startWorker();
});
afterAll(() => platform?.close());

function ask(
  url: string,
  { apiKey }: TestTenant,
  content: string,
  signal: AbortSignal | null = null,
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    signal,
    headers: { authorization: `Bearer ${apiKey}`, "idempotency-key": "once" },
    body: JSON.stringify({ model, max_tokens: 2_000, stream: true, messages: [{ role: "user", content }] }),
  });
}

test("a connection that drops in mid-stream: the retry runs anew at once, and gets the whole answer", async () => {
  const { awsLocal, apis } = platform;
  const url = apis[0]?.url ?? "";
  const tenant = await platform.createTenant();
  const question = "[[tokens=1500]]";
  awsLocal.setSpeed({ tokensPerSecond: 200 });
  const left = new AbortController();
  const dropped = await ask(url, tenant, question, left.signal);
  await dropped.body?.getReader().read();
  left.abort();
  await until(() => awsLocal.witness({ tenant: tenant.id }).invocations[0]?.status === "aborted");
  awsLocal.setSpeed({ tokensPerSecond: 0 });
  const retried = await ask(url, tenant, question);
  expect(retried.headers.get("idempotency-replayed")).toBeNull();
  expect(await retried.text()).toContain("[DONE]");
  await until(async () => (await openHolds(platform, tenant.id)) === 0);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(2);
});

test("kill -9 in mid-stream: the retry runs anew once the lease is over, its answer is replayed, and the ledger is the witness", async () => {
  const { awsLocal } = platform;
  const [survivor, victim] = platform.apis as [Platform["apis"][0], Platform["apis"][0]];
  const tenant = await platform.createTenant();
  const question = "[[tokens=1500]]";
  awsLocal.setSpeed({ tokensPerSecond: 200 });
  const cut = await ask(victim.url, tenant, question);
  let received = 0;
  const reading = (async () => {
    for await (const chunk of cut.body ?? []) {
      received += chunk.byteLength > 0 ? 1 : 0;
    }
  })().catch(() => "broken");
  await until(() => received > 5);
  victim.signal("SIGKILL");
  expect(await victim.ended).toBe("SIGKILL");
  expect(await reading).toBe("broken");
  awsLocal.setSpeed({ tokensPerSecond: 0 });

  // It waits for its twin, which is dead, until the lease is over; then it is the one that runs.
  const retried = await ask(survivor.url, tenant, question);
  expect(retried.status).toBe(200);
  expect(retried.headers.get("idempotency-replayed")).toBeNull();
  const answer = await retried.text();
  expect(answer).toContain("[DONE]");
  const replayed = await ask(survivor.url, tenant, question);
  expect(replayed.headers.get("idempotency-replayed")).toBe("true");
  expect(await replayed.text()).toBe(answer);

  await until(async () => (await openHolds(platform, tenant.id)) === 0);
  const entries = await expectBooksToBalance(platform, tenant.id);
  expect(entries).toHaveLength(2);
  expect(awsLocal.witness({ tenant: tenant.id }).invocations).toHaveLength(2);
});
