import type { RequestId } from "@caprock/domain";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Reservation } from "../admission.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { type OpenBooks, openBooks } from "../testing/open-books.ts";
import type { CheckReport } from "./findings.ts";
import type { Probe } from "./probe-is-accounted.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-02T10:00:00Z");

let books: OpenBooks;
let sound: () => Promise<void>;

beforeAll(async () => {
  books = await openBooks(startMs);
  await books.call();
  sound = await books.remember();
}, timeoutMs);
afterEach(() => sound(), timeoutMs);
afterAll(() => books.close());

interface Steps {
  readonly reserve?: (requestId: RequestId) => Promise<Reservation>;
  readonly settle?: (reservation: Reservation | undefined, entry: LedgerEntry) => Promise<void>;
  /** How often the account is read while the call runs. */
  readonly readings?: number;
  readonly outputTokens?: number;
  /** Whether the account is always read when the call is over. */
  readonly tooLate?: boolean;
}

async function reserve(requestId: RequestId): Promise<Reservation> {
  const reservation = await books.reserve(requestId);
  if ("refused" in reservation) {
    throw new Error(reservation.refused.message);
  }
  return reservation;
}

/** What the check says of a deployment that takes these steps. */
async function probed({
  readings = 3,
  outputTokens = 34,
  tooLate = false,
  ...steps
}: Steps): Promise<CheckReport> {
  let read = 0;
  let enough: () => void = () => undefined;
  let readingsLeft = Number.POSITIVE_INFINITY;
  const accounts = {
    read: async (accountId: string) => {
      const account = await books.accounts.read(accountId);
      read += 1;
      readingsLeft -= 1;
      if (readingsLeft <= 0) {
        enough();
      }
      return account && tooLate ? { ...account, holds: [] } : account;
    },
  };
  const probe: Probe = {
    tenant: books.tenant,
    what: "vendor.model",
    async call() {
      const requestId = books.newRequestId();
      const reservation = await steps.reserve?.(requestId);
      const running = new Promise<void>((resolve) => {
        enough = resolve;
      });
      readingsLeft = readings;
      if (readings > 0) {
        await running;
      }
      await steps.settle?.(reservation, books.receipt(requestId));
      return { requestId, promptTokens: 13, outputTokens };
    },
  };
  const pause = async (durationMs: number) => books.clock.advance(durationMs);
  const { checks } = await books.verify({ probe, accounts, pause });
  expect(read).toBeGreaterThan(0);
  return checks.find(({ id }) => id === "probe-is-accounted") as CheckReport;
}

const settle = (reservation: Reservation | undefined, entry: LedgerEntry) =>
  books.admission.settle(reservation as Reservation, entry);

test("a call is told from its hold to its settlement", { timeout: timeoutMs }, async () => {
  const { outcome, lookedAt, seen } = await probed({ reserve, settle });
  expect([outcome, lookedAt.calls]).toEqual(["pass", 1]);
  expect(seen).toEqual([
    expect.stringMatching(/vendor\.model is called with a key of tenant t000000000001$/),
    expect.stringMatching(/^Held: while it ran, account t0\S+ had a hold of \$0\.010000000$/),
    expect.stringMatching(/^Answered after \d+ ms, as request req_\w+: 13 tokens read, 34 generated$/),
    expect.stringMatching(
      /^In the ledger: us\.vendor\.model at tier default, \$\d\.\d{9} by edition 2026-11-22$/,
    ),
    expect.stringMatching(/^Settled \d+ ms later: .* by its cost and nothing else$/),
  ]);
});

const entered = (_: unknown, entry: LedgerEntry) => books.ledger.record(entry).then(() => undefined);

test.each<[string, Steps, RegExp]>([
  ["is never held for", { settle: entered, readings: 20 }, /was not held for: \d+ readings/],
  ["never comes into the ledger", { reserve, readings: 3 }, /is not in the ledger 10 s later/],
  ["stays held", { reserve, settle: entered }, /is not settled 10 s after its answer/],
  [
    "is given back instead of settled",
    {
      reserve,
      settle: async (reservation, entry) => {
        await books.ledger.record(entry);
        await books.admission.release(reservation as Reservation);
      },
    },
    /and its account grew by \$0\.000000000/,
  ],
  [
    "has other tokens than its caller was told",
    { reserve, settle, outputTokens: 35 },
    /told its caller 13 \+ 35 tokens, and its entry has 13 \+ 34/,
  ],
])("a call that %s fails the check", { timeout: timeoutMs }, async (_, steps, what) => {
  const { outcome, offenders } = await probed(steps);
  expect(outcome).toBe("fail");
  expect(offenders.map((offender) => offender.what)).toEqual(
    expect.arrayContaining([expect.stringMatching(what)]),
  );
});

test("where no call can be caught while it runs, nothing is said to be proved", {
  timeout: timeoutMs,
}, async () => {
  const { outcome, lookedAt, reason } = await probed({ reserve, settle, readings: 0, tooLate: true });
  expect([outcome, lookedAt.calls]).toEqual(["unfinished", 5]);
  expect(reason).toMatch(/^5 calls were each answered before the account could be read/);
});
