/** A caller may leave a stream at any event: what Bedrock served until then is paid, to the token. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CallPlan, makeCall } from "../load/chaos/call.ts";
import { expectBooksToBalance, openHolds, until } from "../platform/accounting.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

/** More positions than the stream has events, so that the last caller stays to the end. */
const positions = 16;
const plan: Omit<CallPlan, "wire" | "leaves"> = {
  streamed: true,
  withTool: false,
  answerTokens: 28,
  maxTokens: 60,
  model: "amazon.nova-lite-v1:0",
};

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform?.close());

test("a stream that is left at any of its events is estimated, and then corrected to what Bedrock served", async () => {
  const { awsLocal, ledger } = platform;
  const tenant = await platform.createTenant();
  // Four tokens an event, an event every 200 ms.
  awsLocal.setSpeed({ tokensPerSecond: 20 });
  const ends = await Promise.all(
    (["openai", "bedrock"] as const).map((wire) =>
      Promise.all(
        Array.from({ length: positions }, (_, afterEvents) =>
          makeCall(platform.url, tenant.apiKey, { ...plan, wire, leaves: { afterEvents } }),
        ),
      ),
    ),
  );
  for (const ofWire of ends) {
    expect(ofWire.at(0)?.kind).toBe("left");
    expect(ofWire.at(-1)?.kind).toBe("answered");
    expect(ofWire.filter(({ kind }) => kind !== "left" && kind !== "answered")).toEqual([]);
  }
  const calls = ends.flat();
  const servedOf = (requestId = "") => awsLocal.witness({ requestId }).invocations[0];
  const entryOf = (requestId = "") => ledger.find(tenant.id, requestId);
  await until(() => calls.every(({ requestId }) => servedOf(requestId) !== undefined));
  const first = await until(async () => {
    const entries = await Promise.all(calls.map(({ requestId }) => entryOf(requestId)));
    expect(entries).not.toContain(undefined);
    return entries;
  });

  // The estimate is told as one, whatever it is worth.
  const aborted = calls.filter(({ requestId }) => servedOf(requestId)?.status === "aborted");
  expect(aborted.length).toBeGreaterThan(positions / 2);
  const estimated = first.filter((entry) => entry?.estimated);
  const idsOf = (some: readonly ({ requestId?: string | undefined } | undefined)[]) =>
    some.map((one) => one?.requestId);
  expect(idsOf(estimated)).toEqual(expect.arrayContaining(idsOf(aborted)));
  expect(estimated.every((entry) => entry?.status === "aborted")).toBe(true);

  await platform.startWorker();
  await until(async () => (await openHolds(platform, tenant.id)) === 0, 40_000);
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(2 * positions);
  const corrected = await Promise.all(estimated.map((entry) => entryOf(entry?.requestId)));
  expect(corrected.map((entry) => entry?.corrected?.estimatedCostNanoUsd)).toEqual(
    estimated.map((entry) => entry?.costNanoUsd),
  );
}, 120_000);
