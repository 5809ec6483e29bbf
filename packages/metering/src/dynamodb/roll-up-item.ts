/** How an hour's cells are written into an item, compressed, and read back. */
import { gunzipSync, gzipSync } from "node:zlib";
import type { TenantId } from "@caprock/domain";
import { z } from "zod";
import type { RolledHour } from "../reports/roll-up-store.ts";
import { billedItems } from "../reports/share-cost.ts";
import { keyOfKind, quarterMs, type UsageCell, type UsageLine } from "../reports/usage-cell.ts";

/** DynamoDB takes 400 KB an item (API reference, "Limits"); the rest is for the keys and for open writes. */
const largestCellsBytes = 350_000;

/** An attribute for each open write: when it began. */
export const writePrefix = "write#";

/**
 * An hour's kinds of calls, and its cells. A cell is a row of numbers: the quarter, the place of its kind, its
 * requests, the three figures of first tokens, and five for each line: the place of its item, its price, quantity,
 * list cost and cost. Numbers that JavaScript cannot hold are text.
 */
const storedCells = z.object({
  kinds: z.array(
    z.object({
      application: z.string(),
      apiKeyId: z.string(),
      modelId: z.string(),
      serviceTier: z.string(),
      status: z.string(),
      wire: z.string(),
      markupBasisPoints: z.number(),
      estimated: z.boolean(),
      simulated: z.boolean(),
    }),
  ),
  cells: z.array(z.array(z.union([z.number(), z.string()]))),
});
type StoredCells = z.infer<typeof storedCells>;
type StoredCell = StoredCells["cells"][number];

const figuresOfLine = 5;

/** Undefined when they are more than one item holds. */
export function cellsToBytes(cells: readonly UsageCell[], hourStartMs: number): Uint8Array | undefined {
  const places = new Map<string, number>();
  const stored: StoredCells = { kinds: [], cells: [] };
  for (const { startMs, kind, requests, firstTokens, lines } of cells) {
    const { tenantId: _, ...storedKind } = kind;
    const key = keyOfKind(kind);
    const place = places.get(key) ?? stored.kinds.push(storedKind) - 1;
    places.set(key, place);
    stored.cells.push([
      (startMs - hourStartMs) / quarterMs,
      place,
      requests,
      firstTokens.requests,
      firstTokens.sumMs,
      firstTokens.maxMs,
      ...lines.flatMap(lineToFigures),
    ]);
  }
  const bytes = gzipSync(JSON.stringify(stored));
  return bytes.byteLength > largestCellsBytes ? undefined : bytes;
}

function cellsFromBytes(bytes: Uint8Array, tenantId: TenantId, hourStartMs: number): readonly UsageCell[] {
  const { kinds, cells } = storedCells.parse(JSON.parse(gunzipSync(bytes).toString("utf8")));
  const kindsOfTenant = kinds.map((kind) => ({ tenantId, ...kind }));
  return cells.map(([quarter, place, requests, streamed, sumMs, maxMs, ...figures]) => {
    const kind = kindsOfTenant[Number(place)];
    if (!kind || figures.length % figuresOfLine !== 0) {
      throw new Error(`The roll-up of ${tenantId} at ${hourStartMs} is no roll-up.`);
    }
    return {
      startMs: hourStartMs + Number(quarter) * quarterMs,
      kind,
      requests: Number(requests),
      firstTokens: { requests: Number(streamed), sumMs: Number(sumMs), maxMs: Number(maxMs) },
      lines: Array.from({ length: figures.length / figuresOfLine }, (_, index) =>
        lineFromFigures(figures.slice(index * figuresOfLine, (index + 1) * figuresOfLine)),
      ),
    };
  });
}

function lineToFigures(line: UsageLine): StoredCell {
  return [
    billedItems.indexOf(line.item),
    exact(line.rateNanoUsd),
    line.quantity,
    exact(line.listCostNanoUsd),
    exact(line.costNanoUsd),
  ];
}

function lineFromFigures([place, rate = 0, quantity, listCost = 0, cost = 0]: StoredCell): UsageLine {
  return {
    item: billedItems[Number(place)] ?? "other",
    rateNanoUsd: BigInt(rate),
    quantity: Number(quantity),
    listCostNanoUsd: BigInt(listCost),
    costNanoUsd: BigInt(cost),
  };
}

function exact(amount: bigint): number | string {
  return Number.isSafeInteger(Number(amount)) ? Number(amount) : String(amount);
}

const rolledHourItem = z.looseObject({
  tenantId: z.string(),
  startMs: z.number(),
  changes: z.number(),
  cells: z.instanceof(Uint8Array).optional(),
});

export function rolledHourFromItem(item: unknown): RolledHour {
  const { tenantId, startMs, changes, cells, ...rest } = rolledHourItem.parse(item);
  const openWrites = Object.entries(rest).filter(([name]) => name.startsWith(writePrefix));
  return {
    startMs,
    changes,
    openWritesSinceMs: openWrites.map(([, sinceMs]) => z.number().parse(sinceMs)),
    ...(cells && { cells: cellsFromBytes(cells, tenantId, startMs) }),
  };
}
