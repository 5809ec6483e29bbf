import { ManualClock, newRequestId } from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { MemoryRollUpStore } from "../testing/memory-roll-up-store.ts";
import { sumUsage } from "./query-usage.ts";
import { CellSums } from "./usage-cell.ts";
import { cellsToBytes, rolledHourFromItem } from "../dynamodb/roll-up-item.ts";
const start = Date.parse("2026-11-01T00:00:00Z");
const n = 100_000;
const kinds = Number(process.argv[2] ?? 385);
const all: any[] = [];
for (let i = 0; i < n; i += 1) {
  const at = start + Math.floor((i / n) * 30 * 86_400_000);
  const k = i % kinds;
  all.push(ledgerEntry("t1", newRequestId(new ManualClock(at), systemRandom), { application: `a${k % 5}`, modelId: `m${k % 7}`, apiKeyId: `k${k % 11}`, costNanoUsd: BigInt(i) }));
}
const ledger = { async *list() { yield* all; } };
const t = performance.now();
const a = await sumUsage({ window: { month: "2026-11" }, timeZone: "UTC", groupBy: ["day", "model"] }, [{ id: "t1", timeZone: "UTC" }], { ledger, rollUps: new MemoryRollUpStore(), adjustments: { async *ofCalls() {} } });
console.log("raw us per entry", ((performance.now() - t) * 1000) / n, a.totals.requests);
const sums = new CellSums();
for (const e of all) sums.add(e);
const cells = sums.take();
const H = 3600000;
const byHour = new Map<number, any[]>();
for (const c of cells) { const h = Math.floor(c.startMs / H) * H; (byHour.get(h) ?? byHour.set(h, []).get(h))!.push(c); }
const items = [...byHour].map(([h, cs]) => ({ tenantId: "t1", startMs: h, changes: 0, cells: cellsToBytes(cs, h) }));
console.log("cells", cells.length, "bytes per cell", items.reduce((s, i) => s + i.cells!.length, 0) / cells.length);
const t2 = performance.now();
const read = items.map(rolledHourFromItem);
console.log("decode us per cell", ((performance.now() - t2) * 1000) / cells.length, read.length);
