import { newRequestId } from "@caprock/domain";
import { systemClock, systemRandom } from "@caprock/platform";
import { afterEach, beforeEach, expect, test } from "vitest";
import { monthlyCap } from "./limits.ts";
import { S3InvocationLog } from "./s3/index.ts";
import { limitsAt } from "./testing/admission-request.ts";
import { ledgerEntry } from "./testing/ledger-entry.ts";
import {
  bucket,
  dayMs,
  folder,
  graceMs,
  holdTtlMs,
  ResolveScenes,
  region,
  start,
} from "./testing/resolve-scenes.ts";

const timeoutMs = 60_000;
let scenes: ResolveScenes;

beforeEach(async () => {
  scenes = await ResolveScenes.open();
}, timeoutMs);
afterEach(() => scenes.close());

test("an invocation that the log delivers twice is billed once, by its hold and by a dead process's grant", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money, find } = scenes.scene();
  const { requestId } = await call();
  const granted = newRequestId(clock, systemRandom);
  const grant = {
    id: newRequestId(clock, systemRandom),
    amount: 500n,
    changes: 1,
    batch: 0,
    writtenAtMs: clock.now(),
    expiresAtMs: clock.now() + holdTtlMs,
  };
  await scenes.stores.accounts.changeGrant(monthlyCap(tenant, clock.now()), {
    from: undefined,
    to: grant,
    used: 0n,
    kept: [],
  });
  const ofGrant = (awsRequestId: string) =>
    scenes
      .line(tenant.id, granted, 30, 3, awsRequestId)
      .replace('"caprock_wire"', `"caprock_grant":"${grant.id}","caprock_wire"`);
  const first = [scenes.line(tenant.id, requestId, 90, 10, "aws-x"), ofGrant("aws-y")].join("\n");
  await scenes.writeLog({
    [`${region}/${folder}/18/a.json.gz`]: first,
    [`${region}/${folder}/19/again.json.gz`]: `${first}\n${ofGrant("aws-z")}`,
  });
  clock.advance(holdTtlMs + graceMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLog: 1, grantsResolved: 1, unresolved: 0, failed: 0 });
  expect(await find(requestId)).toMatchObject({ costNanoUsd: 100n });
  expect(await find(granted)).toMatchObject({ costNanoUsd: 66n });
  expect(await money()).toEqual({ settled: 166n, held: 0n, left: 9_834n });
});

test("a call of several invocations is billed for all of them, however far apart the log delivers them", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money, find } = scenes.scene();
  const [whole, cut] = [await call(), await call()];
  const part = (requestId: string, awsRequestId: string) =>
    scenes
      .line(tenant.id, requestId, 90, 10, awsRequestId)
      .replace('"caprock_wire"', '"caprock_parts":"2","caprock_wire"');
  await scenes.writeLog({
    [`${region}/${folder}/18/a.json.gz`]: [part(whole.requestId, "aws-1"), part(cut.requestId, "aws-2")].join(
      "\n",
    ),
  });
  clock.advance(holdTtlMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLog: 0, unresolved: 2 });
  await scenes.writeLog({ [`${region}/${folder}/19/b.json.gz`]: part(whole.requestId, "aws-3") });
  clock.advance(graceMs / 2);
  expect(await resolve()).toMatchObject({ settledFromLog: 1, unresolved: 1 });
  expect(await find(whole.requestId)).toMatchObject({ costNanoUsd: 200n });
  // Its second invocation never ran: it failed before.
  clock.advance(graceMs);
  expect(await resolve()).toMatchObject({ settledFromLog: 1, unresolved: 0 });
  expect(await find(cut.requestId)).toMatchObject({ costNanoUsd: 100n });
  expect(await money()).toMatchObject({ settled: 300n, held: 0n });
});

test("a log that was delivered before the call, and not since, releases nothing", {
  timeout: timeoutMs,
}, async () => {
  // The files are written now, a day before the call, whatever hour they are filed under.
  const later = systemClock.now() + dayMs;
  const { tenant, clock, call, resolve, money } = scenes.scene(later);
  const known = await call();
  const estimated = await call();
  await scenes.stores.ledger.record(
    ledgerEntry(tenant.id, estimated.requestId, { estimated: true, costNanoUsd: 1n }),
  );
  const hours = [0, 1].map((hour) =>
    new Date(later + hour * 3_600_000).toISOString().slice(0, 13).replace(/[-T]/g, "/"),
  );
  await scenes.writeLog(
    Object.fromEntries(
      hours.map((hour) => [`${region}/${hour}/a.json.gz`, scenes.line("other", "req_other", 1, 1)]),
    ),
  );
  clock.advance(holdTtlMs + graceMs + 1);
  expect(await resolve()).toMatchObject({ released: 0, settledFromLedger: 2, unresolved: 2 });
  expect(await money()).toEqual({ settled: 0n, held: 2_000n, left: 8_000n });
  expect(known.holds).not.toEqual([]);
});

test("while the log cannot be read, what needs no log is done, and accounts are looked at when they are due again", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money } = scenes.scene();
  await call();
  const limits = [
    ...limitsAt(tenant, clock.now()).filter(({ window }) => window?.kind === "minute"),
    { ...monthlyCap(tenant, clock.now()), accountId: "at once", unit: "concurrency" as const },
    { ...monthlyCap(tenant, clock.now()), accountId: "empty" },
  ];
  const grant = (amount: bigint) => ({
    id: newRequestId(clock, systemRandom),
    amount,
    changes: 1,
    batch: 0,
    writtenAtMs: clock.now(),
    expiresAtMs: clock.now() + holdTtlMs,
  });
  for (const limit of limits) {
    const to = grant(limit.accountId === "empty" ? 0n : 2n);
    await scenes.stores.accounts.changeGrant(limit, { from: undefined, to, used: 0n, kept: [] });
  }
  clock.advance(holdTtlMs + 1);
  expect(await resolve({ log: "no-such-bucket" })).toMatchObject({
    grantsResolved: 3,
    unresolved: 1,
    failed: 1,
  });
  for (const { accountId } of limits) {
    expect((await scenes.stores.accounts.read(accountId))?.grants).toEqual([]);
    expect((await scenes.stores.accounts.read(accountId))?.sweepAtMs).toBeUndefined();
  }
  expect(await money()).toMatchObject({ settled: 0n, held: 1_000n });
  const budget = await scenes.stores.accounts.read(monthlyCap(tenant, start).accountId);
  expect(budget?.sweepAtMs).toBe(clock.now() + 5_000);
});

test("a round reads each object of the log once, and none that an earlier round has read", {
  timeout: timeoutMs,
}, async () => {
  const { clock, call, resolve } = scenes.scene();
  const reads: string[] = [];
  const log = new S3InvocationLog({ client: scenes.s3, bucket, prefix: "", onUnreadable: () => undefined });
  scenes.s3.middlewareStack.add(
    (next, { commandName }) =>
      (args) => {
        reads.push(String(commandName));
        return next(args);
      },
    { step: "initialize" },
  );
  for (let count = 0; count < 20; count += 1) {
    clock.advance(1);
    await call(100n);
  }
  await scenes.writeLog({
    [`${region}/${folder}/18/a.json.gz`]: "",
    [`${region}/${folder}/18/b.json.gz`]: "",
  });
  reads.length = 0;
  clock.advance(holdTtlMs + 20);
  expect(await resolve({ log })).toMatchObject({ unresolved: 20 });
  expect(reads.filter((name) => name === "GetObjectCommand")).toHaveLength(2);
  clock.advance(5_000);
  expect(await resolve({ log })).toMatchObject({ unresolved: 20 });
  expect(reads.filter((name) => name === "GetObjectCommand")).toHaveLength(2);
  clock.advance(graceMs);
  reads.length = 0;
  expect(await resolve({ log })).toMatchObject({ released: 20 });
  expect(reads.filter((name) => name === "GetObjectCommand")).toHaveLength(0);
  // Twenty holds that expired at twenty instants do not list the log twenty times.
  expect(reads.length).toBeLessThan(25);
});
