/** Money as an exact integer: a count of nano-USD (10^-9 USD) in a bigint, never a float. */

/** An amount of money in nano-USD. */
export type NanoUsd = bigint;

export const nanoUsdPerUsd = 1_000_000_000n;

const decimalUsd = /^(-?)(\d{1,15})(?:\.(\d{1,9}))?$/;

/**
 * Reads a decimal USD amount ("12", "0.000000035") exactly.
 * Throws a RangeError for anything else: exponents, more than nine decimals, more than fifteen digits.
 */
export function parseUsd(text: string): NanoUsd {
  const match = decimalUsd.exec(text);
  if (!match) {
    throw new RangeError(`"${text}" is not a decimal USD amount with at most nine decimals.`);
  }
  const [, sign, whole = "0", fraction = ""] = match;
  const nano = BigInt(whole) * nanoUsdPerUsd + BigInt(fraction.padEnd(9, "0"));
  return sign === "-" ? -nano : nano;
}

/** Writes an amount as a decimal USD string with all nine decimals; `parseUsd` reads it back unchanged. */
export function formatUsd(amount: NanoUsd): string {
  const sign = amount < 0n ? "-" : "";
  const absolute = amount < 0n ? -amount : amount;
  const whole = absolute / nanoUsdPerUsd;
  const fraction = (absolute % nanoUsdPerUsd).toString().padStart(9, "0");
  return `${sign}${whole}.${fraction}`;
}

/** The same for a sentence: exact, without the zeros at its end beyond cents ("10.00", "9.86382695"). */
export function shortUsd(amount: NanoUsd): string {
  return formatUsd(amount).replace(/(\.\d\d\d*?)0+$/, "$1");
}

/** Integer division rounded up, for non-negative amounts: money owed is never rounded away. */
export function divideRoundingUp(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor - 1n) / divisor;
}
