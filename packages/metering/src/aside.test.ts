/** Work beside the tenant's requests: its money counts, and it is no request. */
import { noTokens } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { afterEach, beforeEach, expect, test } from "vitest";
import { heldOn } from "./account-store.ts";
import type { Admission } from "./admission.ts";
import { GrantAdmission } from "./grants/grant-admission.ts";
import { tenantLimits } from "./limits.ts";
import { measureSettled } from "./metrics/measurement.ts";
import { CellSums } from "./reports/usage-cell.ts";
import { admissionRequest } from "./testing/admission-request.ts";
import { failedChecks, holdTtlMs, type OpenBooks, openBooks, price } from "./testing/open-books.ts";

const startMs = Date.parse("2026-11-22T12:00:00Z");
const costNanoUsd = 500_000n;
let books: OpenBooks;
beforeEach(async () => {
  books = await openBooks(startMs);
});
afterEach(() => books.close());

const admissions: readonly (readonly [string, () => Admission])[] = [
  ["one by one", () => books.admission],
  [
    "by grants",
    () =>
      new GrantAdmission({
        ...books,
        holds: books.admission,
        random: systemRandom,
        holdTtlMs,
        resolvesLater: false,
        pause: async () => undefined,
        repeat: () => () => undefined,
        onFailure: (_, error) => {
          throw error;
        },
      }),
  ],
];

const entryOf = (requestId: string) =>
  books.receipt(requestId, {
    usage: noTokens,
    lines: [],
    unitLines: [{ unit: "memoryRetrieval", count: 1, rateNanoUsd: costNanoUsd }],
    listCostNanoUsd: costNanoUsd,
    markupBasisPoints: 0,
    costNanoUsd,
    aside: true,
  });

/** What the tenant's accounts have settled and hold, by their unit. */
async function used(): Promise<Record<string, readonly [bigint, bigint]>> {
  const sums: Record<string, readonly [bigint, bigint]> = {};
  for (const { accountId, unit } of tenantLimits(books.tenant, startMs)) {
    const account = await books.accounts.read(accountId);
    const [settled, held] = sums[unit] ?? [0n, 0n];
    sums[unit] = [settled + (account?.settled ?? 0n), held + (account ? heldOn(account) : 0n)];
  }
  return sums;
}

test.each(admissions)("%s: a call that is aside leaves the room for requests as it was", async (_, open) => {
  const admission = open();
  // Asked for often enough that a process has grants for it.
  for (let call = 0; call < 5; call += 1) {
    const requestId = books.newRequestId();
    const reservation = await admission.reserve(
      admissionRequest(books.tenant, requestId, costNanoUsd, { worstCaseTokens: 0 }),
    );
    if ("refused" in reservation) {
      throw new Error(reservation.refused.message);
    }
    await admission.settle(reservation, entryOf(requestId));
  }
  await admission.close();
  expect(await used()).toEqual({
    requests: [0n, 0n],
    concurrency: [0n, 0n],
    tokens: [0n, 0n],
    nanoUsd: [5n * costNanoUsd, 0n],
  });
  const unitRates = { memoryRetrieval: costNanoUsd };
  const report = await books.verify({ priceOf: () => ({ ...price, unitRates }) });
  expect(failedChecks(report)).toEqual([]);
});

test("what asks for money alone is in no request's way, and is refused without money", async () => {
  const limits = { ...books.tenant.limits, requestsPerMinute: 1, monthlyCapNanoUsd: 2n * costNanoUsd };
  const tenant = { ...books.tenant, limits };
  const ask = (more: object) =>
    books.admission.reserve(
      admissionRequest(tenant, books.newRequestId(), costNanoUsd, { worstCaseTokens: 0, ...more }),
    );
  expect(await ask({ moneyOnly: true })).toMatchObject({ holds: [{ unit: "nanoUsd" }] });
  expect(await ask({})).not.toHaveProperty("refused");
  expect(await ask({ moneyOnly: true })).toMatchObject({ refused: { code: "budget_exceeded" } });
});

test("metrics and reports have its cost, and no request and no latency of it", () => {
  const entry = entryOf(books.newRequestId());
  expect(measureSettled(entry, 100).values).toEqual(new Map([["CostUsd", Number(costNanoUsd)]]));
  const sums = new CellSums();
  sums.add(entry);
  expect(sums.take()).toMatchObject([{ requests: 0, lines: [{ quantity: 1, costNanoUsd }] }]);
});
