/** Money on screen: exact decimal strings of the API in, short readable amounts out. */

const nanoUsdPerUsd = 1_000_000_000n;
const nanoUsdPerCent = 10_000_000n;
const decimalUsd = /^(-?)(\d+)(?:\.(\d{1,9}))?$/;

/** Reads an amount as the API writes it ("12.340000000") into nano-USD. Throws a RangeError for anything else. */
export function nanoUsdOf(usd: string): bigint {
  const match = decimalUsd.exec(usd);
  if (!match) {
    throw new RangeError(`"${usd}" is not an amount of USD.`);
  }
  const [, sign, whole = "0", fraction = ""] = match;
  const nano = BigInt(whole) * nanoUsdPerUsd + BigInt(fraction.padEnd(9, "0"));
  return sign === "-" ? -nano : nano;
}

/** Sums amounts exactly; the result is nano-USD. */
export function sumNanoUsd(amounts: readonly string[]): bigint {
  return amounts.reduce((sum, amount) => sum + nanoUsdOf(amount), 0n);
}

/** For charts and sorting only: the nearest floating-point number of USD. */
export function usdNumberOf(nano: bigint): number {
  return Number(nano) / 1e9;
}

/**
 * "$1,234.56"; below a cent as many digits as it takes to show something: "$0.000123", "$0.000000035".
 * Rounds half away from zero.
 */
export function formatNanoUsd(nano: bigint): string {
  const sign = nano < 0n ? "-" : "";
  const absolute = nano < 0n ? -nano : nano;
  if (absolute === 0n) {
    return "$0.00";
  }
  const decimals = absolute >= nanoUsdPerCent ? 2 : absolute >= 1_000n ? 6 : 9;
  return `${sign}$${fixed(absolute, 9, decimals)}`;
}

/** For prices of single requests, which compare better with digits: six decimals below a dollar, "$0.020115". */
export function formatUnitNanoUsd(nano: bigint): string {
  return nano >= 1_000n && nano < nanoUsdPerUsd ? `$${fixed(nano, 9, 6)}` : formatNanoUsd(nano);
}

/** `formatNanoUsd` of an amount as the API writes it. */
export function formatUsd(usd: string): string {
  return formatNanoUsd(nanoUsdOf(usd));
}

/** Every digit that counts, at least two decimals: "$0.035", "$3.00", "$0.000000035". */
export function formatExactUsd(usd: string): string {
  return formatExact(nanoUsdOf(usd), 9);
}

/** For an input field: "50", "49.99", "0.000000035". */
export function plainUsd(usd: string): string {
  return usd.includes(".") ? usd.replace(/\.?0+$/, "") : usd;
}

/** What `tokens` cost at a rate in USD per million tokens, exact: "$0.0000123". */
export function formatExactCost(tokens: number, usdPerMillionTokens: string): string {
  return formatExact(BigInt(tokens) * nanoUsdOf(usdPerMillionTokens), 15);
}

/** What so many pieces cost, exact: "$0.08". */
export function formatExactProduct(count: number, usdEach: string): string {
  return formatExact(BigInt(count) * nanoUsdOf(usdEach), 9);
}

/** What share `part` is of `whole`: 0.5 for a half. Something of a cap of nothing counts as all of it. */
export function shareOf(part: bigint, whole: bigint): number {
  if (whole === 0n) {
    return part === 0n ? 0 : 1;
  }
  return Number((part * 1_000_000n) / whole) / 1_000_000;
}

/** "12.3%", "82%", "<0.1%": short, and never "0%" for something or "100%" for less. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.001) {
    return "<0.1%";
  }
  if (share > 0.999 && share < 1) {
    return "99.9%";
  }
  const percent = share * 100;
  return `${percent.toFixed(percent < 10 && percent > 0 ? 1 : 0)}%`.replace(".0%", "%");
}

function formatExact(amount: bigint, scale: number): string {
  const text = fixed(amount < 0n ? -amount : amount, scale, scale).replace(/(\.\d\d\d*?)0+$/, "$1");
  return `${amount < 0n ? "-" : ""}$${text}`;
}

/** Writes amount / 10^scale with `decimals` decimals and thousands separators. */
function fixed(amount: bigint, scale: number, decimals: number): string {
  const unit = 10n ** BigInt(scale - decimals);
  const rounded = (amount + unit / 2n) / unit;
  const one = 10n ** BigInt(decimals);
  const whole = (rounded / one).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${(rounded % one).toString().padStart(decimals, "0")}`;
}
