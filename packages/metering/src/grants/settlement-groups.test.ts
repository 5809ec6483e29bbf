import { ManualClock, newRequestId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { expect, test } from "vitest";
import type { LedgerEntry } from "../ledger-store.ts";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryGrantNotes } from "../testing/memory-grant-notes.ts";
import { MemoryLedgerStore } from "../testing/memory-ledger-store.ts";
import { SettlementGroups } from "./settlement-groups.ts";

const tenantId = "t000000000001";

/** Is not there twice: once before it has written anything, once after it has written all. */
class FailingLedger extends MemoryLedgerStore {
  readonly asked: (readonly LedgerEntry[])[] = [];

  override async recordAll(entries: readonly LedgerEntry[]): Promise<readonly LedgerEntry[]> {
    this.asked.push(entries);
    if (this.asked.length === 1) {
      throw new Error("It is not there.");
    }
    const left = await super.recordAll(entries);
    if (this.asked.length === 2) {
      throw new Error("Its answer was lost.");
    }
    return left;
  }
}

test("a group that the ledger rejects is tried again under its number, and calls that end later are settled too", async () => {
  const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
  const ledger = new FailingLedger();
  const groups = new SettlementGroups({
    ledger,
    notes: new MemoryGrantNotes(),
    clock,
    resolvesLater: false,
    grantId: newRequestId(clock, systemRandom),
    pause: async () => undefined,
    grantOf: () => undefined,
  });
  const settle = async () => {
    const requestId = newRequestId(clock, systemRandom);
    const reservation = { requestId, tenantId, holds: [], standings: [] };
    await groups.settle(reservation, ledgerEntry(tenantId, requestId), undefined);
    return ledger.find(tenantId, requestId);
  };
  expect((await settle())?.grant?.batch).toBe(1);
  expect((await settle())?.grant?.batch).toBe(2);
  expect(ledger.asked.map((entries) => entries.map(({ grant }) => grant?.batch))).toEqual([
    [1],
    [1],
    [1],
    [2],
  ]);
});
