import { expect, test } from "vitest";
import { monthlyCap } from "./limits.ts";
import { limitsAt } from "./testing/admission-request.ts";
import { tenantWith } from "./testing/open-stores.ts";

const tenant = {
  ...tenantWith("t1", { monthlyCapNanoUsd: 500n, requestsPerMinute: 60, version: 7 }),
  timeZone: "Asia/Kolkata",
};
const atMs = Date.parse("2026-10-31T18:30:00Z");

test("a call must fit under the minute's requests and the month's money, as the tenant's latest edit has them", () => {
  expect(limitsAt(tenant, atMs)).toMatchObject([
    {
      accountId: "t1#tenant#requests#minute#2026-10-31T18:30Z",
      unit: "requests",
      amount: 60n,
      version: 7_000,
    },
    { accountId: "t1#tenant#nanoUsd#month#2026-11", unit: "nanoUsd", amount: 500n, version: 7_000 },
  ]);
});

test("a new month is a new account from its first millisecond on, by the tenant's own midnight", () => {
  expect(monthlyCap(tenant, atMs - 1).accountId).toBe("t1#tenant#nanoUsd#month#2026-10");
  expect(monthlyCap(tenant, atMs).accountId).toBe("t1#tenant#nanoUsd#month#2026-11");
});

test("no two tenants, units or windows have one account", () => {
  const ids = [tenant, { ...tenant, id: "t2" }].flatMap((one) =>
    [atMs - 1, atMs, atMs + 60_000].flatMap((now) => limitsAt(one, now).map(({ accountId }) => accountId)),
  );
  expect(new Set(ids).size).toBe(2 * (3 + 2));
});
