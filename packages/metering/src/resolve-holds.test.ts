import { PutObjectCommand } from "@aws-sdk/client-s3";
import { ManualClock, newRequestId } from "@caprock/domain";
import { systemClock, systemRandom } from "@caprock/platform";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resolveHolds } from "./resolve-holds.ts";
import { ledgerEntry } from "./testing/ledger-entry.ts";
import { MemoryAccountStore } from "./testing/memory-account-store.ts";
import { MemoryGrantNotes } from "./testing/memory-grant-notes.ts";
import { MemoryLedgerStore } from "./testing/memory-ledger-store.ts";
import { bucket, folder, graceMs, holdTtlMs, ResolveScenes, region } from "./testing/resolve-scenes.ts";

const timeoutMs = 60_000;
let scenes: ResolveScenes;

beforeEach(async () => {
  scenes = await ResolveScenes.open();
}, timeoutMs);
afterEach(() => scenes.close());

test("calls that died are billed what Bedrock logged, over hours and accounts, and the rest is given back", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money, find } = scenes.scene();
  const [once, twice, never] = [await call(), await call(), await call()];
  const nextHour = `AWSLogs/210987654321/BedrockModelInvocationLogs/us-east-1/${folder}/19/b.json.gz`;
  await scenes.writeLog({
    [`${region}/${folder}/18/a.json.gz`]: [
      "not JSON at all",
      scenes.line("t00000someone", newRequestId(clock, systemRandom), 9_000, 9_000),
      scenes.line(tenant.id, once.requestId, 100, 20),
      scenes.line(tenant.id, twice.requestId, 10, 1),
    ].join("\n"),
    [nextHour]: `${scenes.line(tenant.id, twice.requestId, 10, 2)}\n`,
    // What large bodies are moved to is neither a log nor gzip.
    [`${region}/${folder}/18/data/a_output.json.gz`]: "",
    // An hour before any of the calls: not looked at.
    [`${region}/${folder}/17/z.json.gz`]: scenes.line(tenant.id, never.requestId, 5_000, 5_000),
  });
  await scenes.s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `${region}/${folder}/18/data/b_input.json.gz`,
      Body: "no gzip",
    }),
  );

  expect(await resolve()).toMatchObject({ settledFromLog: 0, unresolved: 0 });
  clock.advance(holdTtlMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLog: 2, released: 0, unresolved: 1 });
  expect(await find(once.requestId)).toMatchObject({ costNanoUsd: 120n, wire: "openai.chat" });
  expect(await find(twice.requestId)).toMatchObject({ costNanoUsd: 23n, usage: { input: 20, output: 3 } });
  expect(await money()).toEqual({ settled: 143n, held: 1_000n, left: 8_857n });

  clock.advance(graceMs);
  expect(await resolve()).toMatchObject({ settledFromLog: 0, released: 1, unresolved: 0 });
  expect(await money()).toEqual({ settled: 143n, held: 0n, left: 9_857n });
  expect(await find(never.requestId)).toBeUndefined();
  expect(await resolve()).toEqual({
    settledFromLedger: 0,
    settledFromLog: 0,
    released: 0,
    grantsResolved: 0,
    unresolved: 0,
    failed: 0,
  });
});

test("an estimate still counts until the log corrects it, and is charged as it is when the log never does", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, admission, call, resolve, money, find } = scenes.scene();
  const [known, unknown] = [await call(), await call()];
  for (const reservation of [known, unknown]) {
    const estimate = ledgerEntry(tenant.id, reservation.requestId, {
      estimated: true,
      costNanoUsd: 300n,
      status: "aborted",
    });
    await admission.settle(reservation, estimate);
  }
  expect(await money()).toEqual({ settled: 0n, held: 600n, left: 9_400n });
  // The log may name more than was held for: the bill is what Bedrock says.
  await scenes.writeLog({
    [`${region}/${folder}/18/a.json.gz`]: scenes.line(tenant.id, known.requestId, 1_400, 100),
  });
  clock.advance(1);
  expect(await resolve()).toMatchObject({ settledFromLog: 1, unresolved: 1 });
  expect(await find(known.requestId)).toMatchObject({ costNanoUsd: 1_500n, estimated: false });
  expect(await money()).toEqual({ settled: 1_500n, held: 300n, left: 8_200n });
  clock.advance(graceMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLedger: 1, unresolved: 0 });
  expect(await money()).toEqual({ settled: 1_800n, held: 0n, left: 8_200n });
});

test("what another tenant's record says of a request settles nothing", { timeout: timeoutMs }, async () => {
  const { clock, call, resolve, money, find } = scenes.scene();
  const { requestId } = await call();
  await scenes.writeLog({
    [`${region}/${folder}/18/a.json.gz`]: scenes.line("t00000someone", requestId, 1, 1),
  });
  clock.advance(holdTtlMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLog: 0, unresolved: 1 });
  expect(await money()).toMatchObject({ settled: 0n, held: 1_000n });
  expect(await find(requestId)).toBeUndefined();
});

test.each([
  ["without a log", { logging: false }],
  ["without a price", { price: false }],
])(
  "%s the money of a call that may have run is held for an operator, however long",
  { timeout: timeoutMs },
  async (_, blind) => {
    const { tenant, clock, admission, call, resolve, money } = scenes.scene();
    const [crashed, unknown] = [await call(), await call()];
    await admission.leaveUnresolved(unknown);
    const lines = [crashed, unknown].map(({ requestId }) => scenes.line(tenant.id, requestId, 1, 1));
    await scenes.writeLog({ [`${region}/${folder}/18/a.json.gz`]: lines.join("\n") });
    for (const waitMs of [holdTtlMs + 1, graceMs + holdTtlMs]) {
      clock.advance(waitMs);
      expect(await resolve(blind)).toMatchObject({ released: 0, settledFromLog: 0, unresolved: 2 });
      expect(await money()).toEqual({ settled: 0n, held: 2_000n, left: 8_000n });
    }
    // Later the price is known, or the log is switched on; such accounts are looked at every hour.
    clock.advance(3_600_000);
    expect(await resolve()).toMatchObject({ settledFromLog: 2, unresolved: 0 });
    expect(await money()).toEqual({ settled: 4n, held: 0n, left: 9_996n });
  },
);

test("two rounds at once bill once, and a round that was killed half-way is finished by the next", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money } = scenes.scene();
  const calls = [await call(), await call(), await call()];
  const lines = calls.map(({ requestId }) => scenes.line(tenant.id, requestId, 90, 10));
  await scenes.writeLog({ [`${region}/${folder}/18/a.json.gz`]: lines.join("\n") });
  clock.advance(holdTtlMs + 1);
  // Dies between the entry of the first call and its account.
  await scenes.stores.ledger.correct(ledgerEntry(tenant.id, calls[0]!.requestId, { costNanoUsd: 100n }));
  await Promise.all([resolve(), resolve()]);
  expect(await money()).toEqual({ settled: 300n, held: 0n, left: 9_700n });
});

test("the log that aws-local itself writes of a call is read, metadata and counts", {
  timeout: timeoutMs,
}, async () => {
  // Its records bear the time of day.
  const { tenant, clock, call, resolve, money, find } = scenes.scene(systemClock.now());
  const { requestId } = await call();
  const answer = await fetch(`${scenes.stores.awsLocal.url}/model/vendor.model/converse`, {
    method: "POST",
    headers: { authorization: "Bearer any", "content-type": "application/json" },
    body: JSON.stringify({
      messages: [{ role: "user", content: [{ text: "Hello there" }] }],
      requestMetadata: {
        caprock_tenant: tenant.id,
        caprock_request: requestId,
        caprock_wire: "bedrock.converse",
      },
    }),
  });
  const { usage } = (await answer.json()) as { usage: { inputTokens: number; outputTokens: number } };
  await scenes.stores.awsLocal.flushInvocationLog();
  clock.advance(holdTtlMs + 1);
  expect(await resolve({ log: "aws-logged" })).toMatchObject({ settledFromLog: 1, unresolved: 0 });
  expect(await find(requestId)).toMatchObject({
    invokedId: "vendor.model",
    wire: "bedrock.converse",
    usage: { input: usage.inputTokens, output: usage.outputTokens },
  });
  const cost = BigInt(usage.inputTokens + usage.outputTokens);
  expect(await money()).toEqual({ settled: cost, held: 0n, left: 10_000n - cost });
});

test("a file that is no log is passed over and told of, and the calls in the others are settled", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money } = scenes.scene();
  const { requestId } = await call();
  await scenes.writeLog({ [`${region}/${folder}/18/b.json.gz`]: scenes.line(tenant.id, requestId, 90, 10) });
  await scenes.s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: `${region}/${folder}/18/a.json.gz`, Body: "not gzip" }),
  );
  clock.advance(holdTtlMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLog: 1, failed: 0 });
  expect(scenes.unreadable).toEqual([`${region}/${folder}/18/a.json.gz`]);
  expect(await money()).toEqual({ settled: 100n, held: 0n, left: 9_900n });
});

test("a log that cannot be read stops nothing but what waits for it", { timeout: timeoutMs }, async () => {
  const { tenant, clock, call, resolve, money } = scenes.scene();
  const [told, untold] = [await call(), await call()];
  await scenes.stores.ledger.record(ledgerEntry(tenant.id, told.requestId, { costNanoUsd: 40n }));
  clock.advance(holdTtlMs + 1);
  expect(await resolve({ log: "no-such-bucket" })).toMatchObject({ settledFromLedger: 3, failed: 1 });
  expect(scenes.failures).toEqual(["the invocation log"]);
  expect(await money()).toEqual({ settled: 40n, held: 1_000n, left: 8_960n });
  expect(untold.holds).not.toEqual([]);
});

test("a silent log proves nothing: the hold stays until the log shows life", {
  timeout: timeoutMs,
}, async () => {
  const { clock, call, resolve, money } = scenes.scene();
  await scenes.writeLog({});
  await call();
  clock.advance(holdTtlMs + graceMs + 1);
  expect(await resolve()).toMatchObject({ released: 0, unresolved: 1 });
  await scenes.writeLog({
    [`${region}/${folder}/19/other.json.gz`]: scenes.line("t000000000009", "req_other", 1, 1),
  });
  clock.advance(5_000);
  expect(await resolve()).toMatchObject({ released: 1, unresolved: 0 });
  expect(await money()).toEqual({ settled: 0n, held: 0n, left: 10_000n });
});

test("what is opened while its account is swept is looked at when it expires, not when the operator is", async () => {
  const limit = {
    accountId: "t1#tenant#nanoUsd#month#2026-11",
    owner: "t1",
    scope: "tenant",
    unit: "nanoUsd",
    window: { kind: "month", label: "2026-11", startMs: 0, endMs: 1e9 },
    amount: 100n,
    version: 1,
  } as const;
  const hold = (requestId: string, expiresAtMs: number) => ({
    requestId,
    tenantId: "t1",
    amount: 10n,
    expiresAtMs,
  });
  const accounts = new (class extends MemoryAccountStore {
    override async schedule(...asked: Parameters<MemoryAccountStore["schedule"]>) {
      await this.hold(limit, hold("req_2", 61_000));
      await super.schedule(...asked);
    }
  })();
  await accounts.hold(limit, hold("req_1", 1_000));
  await resolveHolds({
    accounts,
    ledger: new MemoryLedgerStore(),
    notes: new MemoryGrantNotes(),
    clock: new ManualClock(1_000),
    invocationLog: undefined,
    receiptOf: async () => undefined,
    tenantIds: async () => ["t1"],
    graceMs: 0,
    retryMs: 1_000,
    onFailure: (_, error) => {
      throw error;
    },
  });
  expect(await accounts.read(limit.accountId)).toMatchObject({ sweepAtMs: 61_000 });
});
