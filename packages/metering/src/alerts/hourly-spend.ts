/** A tenant's spend by the hour, from the usage cells that reports are made of. */
import type { TenantId } from "@caprock/domain";
import { type CellParts, listCells } from "../reports/list-cells.ts";
import { hourMs, startOf } from "../reports/usage-cell.ts";
import type { HourlySpend } from "./anomaly-alert.ts";

/** What the calls that arrived in [startMs, endMs) cost the tenant. Adjustments made later are not counted. */
export async function hourlySpend(
  tenantId: TenantId,
  range: { readonly startMs: number; readonly endMs: number },
  parts: CellParts,
): Promise<HourlySpend> {
  const spend = new Map<number, bigint>();
  for await (const { startMs, lines } of listCells(tenantId, range, parts)) {
    const hour = startOf(startMs, hourMs);
    const cost = lines.reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n);
    spend.set(hour, (spend.get(hour) ?? 0n) + cost);
  }
  return spend;
}
