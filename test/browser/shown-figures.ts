/** Reads tables and amounts as a page or a file shows them. */
import { parseUsd } from "@caprock/domain";
import type { Locator } from "playwright-core";

/** The texts of each row's cells. */
export async function cellsOf(rows: Locator): Promise<string[][]> {
  const all = await rows.all();
  return Promise.all(
    all.map(async (row) => {
      const cells = await row.locator("th, td").allInnerTexts();
      return cells.map((text) => text.trim());
    }),
  );
}

/** Reads "$0.0000123" into femto-USD: a token's cost at a rate in whole nano-USD per million tokens. */
export function femtoUsd(text: string): bigint {
  const [whole = "0", fraction = ""] = text.slice(1).split(".");
  return BigInt(whole) * 10n ** 15n + BigInt(fraction.padEnd(15, "0"));
}

/** As cards show an amount: "$1,234.56". */
export function inCents(nanoUsd: bigint): string {
  const cents = (nanoUsd + 5_000_000n) / 10_000_000n;
  return `$${(cents / 100n).toLocaleString("en-US")}.${String(cents % 100n).padStart(2, "0")}`;
}

export function sumColumn(rows: readonly Record<string, string>[], column: string): bigint {
  return rows.reduce((sum, row) => sum + parseUsd(row[column] ?? ""), 0n);
}
