/** Markups on screen: hundredths of a percent, without floating-point arithmetic. */

/** "+15%", "-5%", "+0.25%", "0%". */
export function formatPercent(basisPoints: number): string {
  const sign = basisPoints > 0 ? "+" : basisPoints < 0 ? "-" : "";
  return `${sign}${percentOf(Math.abs(basisPoints))}%`;
}

/** For an input field: "15", "-5", "0.25". */
export function plainPercent(basisPoints: number): string {
  return `${basisPoints < 0 ? "-" : ""}${percentOf(Math.abs(basisPoints))}`;
}

/** What a person typed, in basis points; NaN for what has more than two decimals or is no number. */
export function typedBasisPoints(percent: string): number {
  const [, sign = "", whole = "", fraction = ""] =
    /^\s*([+-]?)(\d{1,6})(?:\.(\d{1,2}))?\s*%?\s*$/.exec(percent) ?? [];
  const points = whole === "" ? Number.NaN : Number(whole + fraction.padEnd(2, "0"));
  return sign === "-" && points !== 0 ? -points : points;
}

function percentOf(basisPoints: number): string {
  const text = String(basisPoints).padStart(3, "0");
  return `${text.slice(0, -2)}.${text.slice(-2)}`.replace(/\.?0+$/, "") || "0";
}
