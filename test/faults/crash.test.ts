/** An API process that dies in the middle loses nothing, bills nothing twice, and leaves nothing stuck. */
import { heldOn } from "@caprock/metering";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance, openHolds, readBudget, until } from "../platform/accounting.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";

let platform: Platform;

beforeAll(async () => {
  // Holds expire long after what the surviving process is asked below has been answered.
  const environment = { CAPROCK_HOLD_TTL_MS: "8000" };
  platform = await startPlatform({ apis: 3, environment });
  await platform.startWorker();
});
afterAll(() => platform?.close());

interface Question {
  readonly content?: string;
  readonly stream?: boolean;
}

function ask(
  url: string,
  { apiKey }: TestTenant,
  { content = "Hi", stream = false }: Question = {},
): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ model, max_tokens: 2_000, stream, messages: [{ role: "user", content }] }),
  });
}

/** A tenant whose budget has room for one call of the plain question, and for no second one. */
async function tenantWithOneCall(url: string): Promise<TestTenant> {
  const refused = await ask(url, await platform.createTenant({ capUsd: "0" }));
  const { error } = (await refused.json()) as { error: { details: { neededUsd: string } } };
  return platform.createTenant({ capUsd: error.details.neededUsd });
}

test("kill -9 in mid-stream: every token that Bedrock served is billed once, and what is left can be spent", async () => {
  const { awsLocal } = platform;
  const [survivor, victim, second] = platform.apis as [
    Platform["apis"][0],
    Platform["apis"][0],
    Platform["apis"][0],
  ];
  const rich = await platform.createTenant();
  const poor = await tenantWithOneCall(survivor.url);
  // A call that was settled before anything went wrong.
  await (await ask(victim.url, rich)).text();

  // Streams run slowly on both of the processes that will die …
  awsLocal.setSpeed({ tokensPerSecond: 200 });
  const streams = await Promise.all(
    [victim, victim, victim, second, second].map(({ url }) =>
      ask(url, rich, { content: "[[tokens=2000]]", stream: true }),
    ),
  );
  let received = 0;
  const reading = Promise.allSettled(
    streams.map(async ({ body }) => {
      for await (const chunk of body ?? []) {
        received += chunk.byteLength > 0 ? 1 : 0;
      }
    }),
  );
  // … while others, a whole call and the last that a poor tenant can afford, wait for their first byte.
  awsLocal.gate.set(true);
  const waiting = Promise.allSettled([ask(victim.url, rich), ask(second.url, poor, { stream: true })]);
  await until(() => awsLocal.gate.waiting === 2 && received > 25);
  victim.signal("SIGKILL");
  second.signal("SIGKILL");
  expect(await Promise.all([victim.ended, second.ended])).toEqual(["SIGKILL", "SIGKILL"]);
  const ends = [...(await reading), ...(await waiting)];
  expect(ends.map(({ status }) => status)).toEqual(Array(7).fill("rejected"));
  await until(() => awsLocal.gate.waiting === 0);
  awsLocal.gate.set(false);
  awsLocal.setSpeed({ tokensPerSecond: 0 });

  // The other process serves on, and what the dead ones held still counts.
  expect((await ask(survivor.url, rich)).status).toBe(200);
  expect((await ask(survivor.url, poor)).status).toBe(429);
  const [held, needed] = await Promise.all([readBudget(platform, rich.id), readBudget(platform, poor.id)]);
  expect(held && heldOn(held)).toBeGreaterThanOrEqual(6n * (needed?.limit ?? 0n));

  await until(async () => (await openHolds(platform, rich.id)) + (await openHolds(platform, poor.id)) === 0);
  const entries = await expectBooksToBalance(platform, rich.id);
  const aborted = entries.filter(({ status }) => status === "aborted");
  expect([entries.length, aborted.length]).toEqual([8, 6]);
  expect(aborted.filter(({ tokens: { output } }) => output > 0 && output < 2_000)).toHaveLength(5);

  // The poor tenant's lost call cost its prompt. Once it can pay a whole call again, it gets one.
  const budget = await readBudget(platform, poor.id);
  expect(budget?.settled).toBeGreaterThan(0n);
  expect(budget?.available).toBe((budget?.limit ?? 0n) - (budget?.settled ?? 0n));
  const smaller = await fetch(`${survivor.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${poor.apiKey}` },
    body: JSON.stringify({ model, max_tokens: 1_900, messages: [{ role: "user", content: "Hi" }] }),
  });
  expect(smaller.status).toBe(200);
  expect(await expectBooksToBalance(platform, poor.id)).toHaveLength(2);
});
