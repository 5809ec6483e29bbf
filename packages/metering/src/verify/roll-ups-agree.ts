/** Check: the hours that reports read rolled up are those of the ledger. */
import { canonicalJson, type TenantId } from "@caprock/domain";
import { cellsOfEntries } from "../reports/list-cells.ts";
import { hourMs, startOf, type UsageCell } from "../reports/usage-cell.ts";
import { entryRange } from "./entry-range.ts";
import { amountText, type CheckDefinition, type CheckReport, Findings, instantText } from "./findings.ts";
import type { VerifyParts, VerifyScope } from "./verify-parts.ts";

export const rollUpsAgree: CheckDefinition = {
  id: "roll-ups-agree",
  promise: "Reports that are read from roll-ups say what the ledger's entries say.",
  method:
    "Every rolled-up hour is added up again from its entries and compared cell by cell; an hour that was looked at and has no roll-up must have no entries. Hours that are being written to late are read from their entries by reports too. An hour that differs is read again first.",
};

type Parts = Pick<VerifyParts, "ledger" | "rollUps">;

/** Read in one piece: a day of a tenant's cells is kept in memory. */
const stretchMs = 24 * hourMs;

export async function checkRollUpsAgree(scope: VerifyScope, parts: Parts): Promise<CheckReport> {
  const findings = new Findings();
  for (const tenant of scope.tenants) {
    const progress = await parts.rollUps.readProgress(tenant.id);
    const range = entryRange(tenant, scope);
    const untilMs = Math.min(progress?.untilMs ?? 0, startOf(range.endMs, hourMs));
    const fromMs = Math.max(progress?.fromMs ?? 0, startOf(range.startMs + hourMs - 1, hourMs));
    for (let startMs = fromMs; startMs < untilMs; startMs += stretchMs) {
      const endMs = Math.min(startMs + stretchMs, untilMs);
      findings.lookedAt("hours", (endMs - startMs) / hourMs);
      for (const hour of await differingHours(tenant.id, startMs, endMs, parts, findings)) {
        const [again] = await differingHours(tenant.id, hour.startMs, hour.startMs + hourMs, parts);
        if (again) {
          findings.offend(`${tenant.id} ${instantText(again.startMs)}`, differenceText(again));
        }
      }
    }
  }
  return findings.report(rollUpsAgree);
}

interface Hour {
  readonly startMs: number;
  readonly rolled: readonly UsageCell[] | undefined;
  readonly entered: readonly UsageCell[];
}

/** What is stored is read first: who writes late removes it before writing. */
async function differingHours(
  tenantId: TenantId,
  startMs: number,
  endMs: number,
  parts: Parts,
  findings?: Findings,
): Promise<readonly Hour[]> {
  const stored = new Map<number, readonly UsageCell[] | undefined>();
  for await (const hour of parts.rollUps.list(tenantId, { startMs, endMs })) {
    stored.set(hour.startMs, hour.cells);
  }
  const entered = new Map<number, UsageCell[]>();
  for await (const cell of cellsOfEntries(tenantId, { startMs, endMs }, parts)) {
    const hour = startOf(cell.startMs, hourMs);
    entered.set(hour, [...(entered.get(hour) ?? []), cell]);
  }
  const differing: Hour[] = [];
  for (let hour = startMs; hour < endMs; hour += hourMs) {
    const rolled = stored.get(hour);
    const cells = entered.get(hour) ?? [];
    if (rolled) {
      findings?.lookedAt("cells", rolled.length);
    }
    // An hour that is stored without cells is read from its entries.
    const isRead = rolled !== undefined || !stored.has(hour);
    if (isRead && textOf(rolled ?? []) !== textOf(cells)) {
      differing.push({ startMs: hour, rolled, entered: cells });
    }
  }
  return differing;
}

function textOf(cells: readonly UsageCell[]): string {
  const texts = cells.map(({ lines, ...cell }) =>
    canonicalJson({ ...cell, lines: lines.map(canonicalJson).sort() }),
  );
  return texts.sort().join("\n");
}

function differenceText({ rolled, entered }: Hour): string {
  const text = (cells: readonly UsageCell[]) => {
    const requests = cells.reduce((sum, cell) => sum + cell.requests, 0);
    const lines = cells.flatMap((cell) => cell.lines);
    const cost = lines.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n);
    const tokens = lines.reduce((sum, { quantity }) => sum + quantity, 0);
    return `${requests} requests, ${tokens} tokens or units, ${amountText("nanoUsd", cost)}`;
  };
  return `${rolled ? `is rolled up as ${text(rolled)}` : "counts as empty"}; its entries are ${text(entered)}`;
}
