import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Account,
  type AccountStore,
  type Grant,
  type GrantChange,
  type Hold,
  heldOn,
} from "./account-store.ts";
import type { AccountLimit } from "./limits.ts";
import { MemoryAccountStore } from "./testing/memory-account-store.ts";
import { type OpenStores, openStores } from "./testing/open-stores.ts";

const timeoutMs = 60_000;
const expiresAtMs = 1_000;

let dynamo: OpenStores;
beforeAll(async () => {
  dynamo = await openStores();
}, timeoutMs);
afterAll(() => dynamo.close());
const memory = new MemoryAccountStore();

let accountCount = 0;
/** A limit of an account that does not exist yet. */
function limitOf(amount: bigint, more: Partial<AccountLimit> = {}): AccountLimit {
  accountCount += 1;
  return {
    accountId: `t${accountCount}#tenant#nanoUsd#month#2026-11`,
    owner: `t${accountCount}`,
    scope: "tenant",
    unit: "nanoUsd",
    window: { kind: "month", label: "2026-11", startMs: 10, endMs: 20 },
    amount,
    version: 1,
    ...more,
  };
}
const holdOf = (requestId: string, amount: bigint) => ({ requestId, tenantId: "t1", amount, expiresAtMs });
const grantOf = (amount: bigint, changes: number, more: Partial<Grant> = {}): Grant => ({
  id: "req_grant",
  amount,
  changes,
  batch: 0,
  writtenAtMs: 5,
  expiresAtMs,
  ...more,
});
const change = (
  from: Grant | undefined,
  to: Grant | undefined,
  more: Partial<GrantChange> = {},
): GrantChange => ({
  from,
  to,
  used: 0n,
  kept: [],
  ...more,
});
const kept = (requestId: string, amount: bigint): Hold => ({
  ...holdOf(requestId, amount),
  state: "unresolved",
});

describe.each([
  ["DynamoDB", (): AccountStore => dynamo.accounts],
  ["memory", (): AccountStore => memory],
])("accounts in %s", (_, open) => {
  const options = { timeout: timeoutMs };

  async function read({ accountId }: AccountLimit): Promise<Account> {
    const account = await open().read(accountId);
    expect(account).toBeDefined();
    expect(account!.available + account!.settled + heldOn(account!)).toBe(account!.limit);
    return account!;
  }
  /** [available, settled, held] */
  async function figures(limit: AccountLimit): Promise<bigint[]> {
    const account = await read(limit);
    return [account.available, account.settled, heldOn(account)];
  }
  async function isDue({ accountId }: AccountLimit, nowMs: number): Promise<boolean> {
    for await (const due of open().due(nowMs)) {
      if (due === accountId) {
        return true;
      }
    }
    return false;
  }

  test("the first hold brings the account into being, whole", options, async () => {
    const limit = limitOf(100n, { scope: "application", of: "chat", unit: "tokens", version: 7 });
    expect(await open().read(limit.accountId)).toBeUndefined();
    expect(await open().hold(limit, holdOf("req_1", 30n))).toEqual({ held: true, available: 70n });
    const { amount: _amount, version: _version, ...same } = limit;
    expect(await read(limit)).toEqual({
      ...same,
      limit: 100n,
      limitVersion: 7,
      available: 70n,
      settled: 0n,
      holds: [{ ...holdOf("req_1", 30n), state: "held" }],
      grants: [],
      sweepAtMs: expiresAtMs,
    });
  });

  test("an account without a window or a part has none", options, async () => {
    const limit = limitOf(2n, { unit: "concurrency" });
    const { window: _window, ...open1 } = limit;
    await open().hold(open1, holdOf("req_1", 1n));
    const account = await read(limit);
    expect(account).not.toHaveProperty("window");
    expect(account).not.toHaveProperty("of");
  });

  test("a hold that is repeated is made once", options, async () => {
    const limit = limitOf(100n);
    await open().hold(limit, holdOf("req_1", 60n));
    expect(await open().hold(limit, holdOf("req_1", 60n))).toEqual({ held: true, available: 40n });
    expect(await figures(limit)).toEqual([40n, 0n, 60n]);
  });

  test("a refused hold leaves nothing, not even an account", options, async () => {
    const limit = limitOf(100n);
    expect(await open().hold(limit, holdOf("req_1", 101n))).toEqual({ held: false, account: undefined });
    expect(await open().read(limit.accountId)).toBeUndefined();
    await open().hold(limit, holdOf("req_2", 100n));
    const refused = await open().hold(limit, holdOf("req_3", 1n));
    expect(refused).toEqual({ held: false, account: await read(limit) });
    expect((await read(limit)).holds).toHaveLength(1);
  });

  test("a settlement and a release happen once, and only to the hold they mean", options, async () => {
    const limit = limitOf(100n);
    await open().hold(limit, holdOf("req_1", 60n));
    await open().hold(limit, holdOf("req_2", 10n));
    await open().settle(limit.accountId, { requestId: "req_1", amount: 59n }, 59n);
    await open().settle(limit.accountId, { requestId: "req_0", amount: 60n }, 60n);
    await open().settle("nowhere", { requestId: "req_1", amount: 60n }, 60n);
    expect(await figures(limit)).toEqual([30n, 0n, 70n]);
    for (const used of [25n, 26n]) {
      await open().settle(limit.accountId, { requestId: "req_1", amount: 60n }, used);
      expect(await figures(limit)).toEqual([65n, 25n, 10n]);
    }
    await open().settle(limit.accountId, holdOf("req_2", 10n), 0n);
    expect(await figures(limit)).toEqual([75n, 25n, 0n]);
    expect(await open().read("nowhere")).toBeUndefined();
  });

  test("what a call used is settled even where it is more than is left", options, async () => {
    const limit = limitOf(100n);
    await open().hold(limit, holdOf("req_1", 60n));
    await open().settle(limit.accountId, holdOf("req_1", 60n), 130n);
    expect(await figures(limit)).toEqual([-30n, 130n, 0n]);
  });

  test("a hold is extended once, by what is available and not by more", options, async () => {
    const limit = limitOf(100n);
    await open().hold(limit, holdOf("req_1", 60n));
    const hold = { requestId: "req_1", amount: 60n };
    expect(await open().extend(limit.accountId, hold, 41n)).toBe(false);
    for (const _time of ["once", "again"]) {
      expect(await open().extend(limit.accountId, hold, 40n)).toBe(true);
      expect(await figures(limit)).toEqual([0n, 0n, 100n]);
    }
    expect(await open().extend(limit.accountId, { ...hold, amount: 59n }, 1n)).toBe(false);
    expect(await open().extend(limit.accountId, { ...hold, requestId: "req_2" }, 1n)).toBe(false);
    expect(await open().extend("nowhere", hold, 1n)).toBe(false);
    await open().settle(limit.accountId, { ...hold, amount: 100n }, 70n);
    expect(await figures(limit)).toEqual([30n, 70n, 0n]);
  });

  test("a hold is kept once, for less, and is to be looked at when it says", options, async () => {
    const limit = limitOf(100n);
    await open().hold(limit, holdOf("req_1", 60n));
    const hold = { requestId: "req_1", amount: 60n };
    await open().keep(limit.accountId, { ...hold, amount: 61n }, { amount: 1n, expiresAtMs: 3 });
    await open().keep(limit.accountId, hold, { amount: 60n, expiresAtMs: 7 });
    await open().keep(limit.accountId, hold, { amount: 20n, expiresAtMs: 8 });
    expect((await read(limit)).holds).toEqual([
      { ...hold, tenantId: "t1", expiresAtMs: 7, state: "unresolved" },
    ]);
    expect(await isDue(limit, 6)).toBe(false);
    expect(await isDue(limit, 7)).toBe(true);
    await open().settle(limit.accountId, hold, 5n);
    expect(await figures(limit)).toEqual([95n, 5n, 0n]);
    await open().hold(limit, holdOf("req_2", 60n));
    await open().keep(limit.accountId, holdOf("req_2", 60n), { amount: 20n, expiresAtMs: 9 });
    await open().settle(limit.accountId, holdOf("req_2", 60n), 1n);
    expect(await figures(limit)).toEqual([75n, 5n, 20n]);
  });

  test("a newer version of the limit is taken over, an older one never", options, async () => {
    const limit = limitOf(100n, { version: 5 });
    const raised = { ...limit, amount: 150n, version: 6 };
    const lowered = { ...limit, amount: 40n, version: 7 };
    await open().applyLimit(limit);
    expect(await open().read(limit.accountId)).toBeUndefined();
    await open().hold(limit, holdOf("req_1", 60n));
    expect(await open().hold(raised, holdOf("req_2", 80n))).toEqual({ held: true, available: 10n });
    expect(await open().hold(limit, holdOf("req_3", 10n))).toMatchObject({ held: true });
    await open().applyLimit(lowered);
    await open().applyLimit(raised);
    expect(await read(limit)).toMatchObject({ available: -110n, limit: 40n, limitVersion: 7 });
    expect(await open().hold(raised, holdOf("req_4", 1n))).toMatchObject({ held: false });
    const again = { ...limit, amount: 151n, version: 8 };
    expect(await open().hold(again, holdOf("req_4", 2n))).toMatchObject({
      held: false,
      account: { limit: 151n, limitVersion: 8, available: 1n },
    });
  });

  test(
    "a grant is created, grows, shrinks and is given back; each change is made once",
    options,
    async () => {
      const limit = limitOf(100n);
      const [small, large] = [grantOf(20n, 1), grantOf(50n, 2, { batch: 3, expiresAtMs: 2_000 })];
      const settles = change(small, large, { used: 5n, kept: [kept("req_1", 4n)] });
      const steps: [GrantChange, bigint[]][] = [
        [change(undefined, small), [80n, 0n, 20n]],
        [settles, [41n, 5n, 54n]],
        [change(large, grantOf(10n, 3), { used: 30n }), [51n, 35n, 14n]],
        [change(grantOf(10n, 3), undefined, { used: 1n }), [60n, 36n, 4n]],
      ];
      for (const [step, expected] of steps) {
        for (const _time of ["once", "again"]) {
          const done = { done: true, available: expected[0], limitVersion: 1 };
          expect(await open().changeGrant(limit, step)).toEqual(done);
          expect(await figures(limit)).toEqual(expected);
        }
        expect((await read(limit)).grants).toEqual(step.to ? [step.to] : []);
      }
      expect((await read(limit)).holds).toEqual([kept("req_1", 4n)]);
      await open().settle(limit.accountId, holdOf("req_1", 4n), 4n);
      expect(await figures(limit)).toEqual([60n, 40n, 0n]);
    },
  );

  test("a grant that is not what the process believes is not changed", options, async () => {
    const limit = limitOf(100n);
    await open().changeGrant(limit, change(undefined, grantOf(20n, 4)));
    const wrong = [
      change(grantOf(20n, 3), grantOf(10n, 5), { used: 10n }),
      change(grantOf(20n, 5), undefined),
      change(undefined, grantOf(30n, 1)),
    ];
    for (const step of wrong) {
      expect(await open().changeGrant(limit, step)).toEqual({ done: false, account: await read(limit) });
    }
    expect(await figures(limit)).toEqual([80n, 0n, 20n]);
    const nowhere = limitOf(100n);
    expect(await open().changeGrant(nowhere, change(grantOf(20n, 1), grantOf(10n, 2)))).toEqual({
      done: false,
      account: undefined,
    });
    expect(await open().read(nowhere.accountId)).toBeUndefined();
  });

  test("a grant grows by what is available and not by more", options, async () => {
    const limit = limitOf(100n);
    expect(await open().changeGrant(limit, change(undefined, grantOf(101n, 1)))).toEqual({
      done: false,
      account: undefined,
    });
    expect(await open().read(limit.accountId)).toBeUndefined();
    await open().hold(limit, holdOf("req_1", 30n));
    await open().changeGrant(limit, change(undefined, grantOf(60n, 1)));
    const tooMuch = change(grantOf(60n, 1), grantOf(61n, 2), { used: 5n, kept: [kept("req_2", 5n)] });
    expect(await open().changeGrant(limit, tooMuch)).toMatchObject({ done: false });
    expect(await figures(limit)).toEqual([10n, 0n, 90n]);
    const whole = { ...tooMuch, to: grantOf(60n, 2) };
    expect(await open().changeGrant(limit, whole)).toMatchObject({ done: true, available: 0n });
    const raised = { ...limit, amount: 110n, version: 2 };
    expect(await open().changeGrant(raised, change(grantOf(60n, 2), grantOf(70n, 3)))).toEqual({
      done: true,
      available: 0n,
      limitVersion: 2,
    });
  });

  test("a grant shrinks and ends however little is available", options, async () => {
    const limit = limitOf(100n);
    await open().changeGrant(limit, change(undefined, grantOf(80n, 1)));
    await open().applyLimit({ ...limit, amount: 10n, version: 2 });
    expect(await figures(limit)).toEqual([-70n, 0n, 80n]);
    const less = grantOf(50n, 2);
    expect(await open().changeGrant(limit, change(grantOf(80n, 1), less, { used: 20n }))).toMatchObject({
      done: true,
      available: -60n,
      limitVersion: 2,
    });
    // Calls of the grant used more than it held: that is owed.
    await open().changeGrant(limit, change(less, undefined, { used: 55n }));
    expect(await figures(limit)).toEqual([-65n, 75n, 0n]);
  });

  test(
    "an account is due when the first of what is open expires, until a sweep finds nothing open",
    options,
    async () => {
      const limit = limitOf(100n);
      await open().hold(limit, holdOf("req_1", 10n));
      expect(await isDue(limit, expiresAtMs - 1)).toBe(false);
      expect(await isDue(limit, expiresAtMs)).toBe(true);
      await open().changeGrant(limit, change(undefined, grantOf(10n, 1, { expiresAtMs: 500 })));
      expect(await isDue(limit, 499)).toBe(false);
      expect(await isDue(limit, 500)).toBe(true);
      await open().hold(limit, { ...holdOf("req_short", 10n), expiresAtMs: 400 });
      expect(await isDue(limit, 399)).toBe(false);
      expect(await isDue(limit, 400)).toBe(true);
      await open().settle(limit.accountId, { requestId: "req_short", amount: 10n }, 0n);
      const seen = await read(limit);
      await open().schedule(seen, undefined);
      expect(await isDue(limit, expiresAtMs)).toBe(true);
      await open().schedule(seen, 3_000);
      await open().schedule(seen, 4_000);
      expect(await read(limit)).toMatchObject({ sweepAtMs: 3_000 });
      await open().settle(limit.accountId, holdOf("req_1", 10n), 0n);
      await open().schedule(await read(limit), undefined);
      expect(await read(limit)).toMatchObject({ sweepAtMs: 3_000 });
      await open().changeGrant(limit, change(grantOf(10n, 1, { expiresAtMs: 500 }), undefined));
      await open().schedule(await read(limit), 9_000);
      expect(await read(limit)).toMatchObject({ sweepAtMs: 3_000 });
      await open().schedule(await read(limit), undefined);
      expect(await read(limit)).toMatchObject({ sweepAtMs: undefined });
      expect(await isDue(limit, 10_000)).toBe(false);
      await open().hold(limit, { ...holdOf("req_2", 10n), expiresAtMs: 12_000 });
      expect(await isDue(limit, 12_000)).toBe(true);
      await open().schedule({ accountId: "nowhere", sweepAtMs: undefined }, 5);
      expect(await open().read("nowhere")).toBeUndefined();
    },
  );
});
