/** Reads decimal numbers of any precision as exact integers of a chosen scale. */

const decimalText = /^([+-]?)(\d{1,30})(?:\.(\d{0,40}))?(?:[eE]([+-]?\d{1,2}))?$/;

/**
 * `text` times ten to the power of `decimals`, to the nearest integer (halves away from zero); undefined for what is
 * no decimal number. Bills write "0.0000123" as well as "1.23E-5".
 */
export function parseDecimal(text: string, decimals: number): bigint | undefined {
  const match = decimalText.exec(text.trim());
  if (!match) {
    return undefined;
  }
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const digits = BigInt(whole + fraction);
  const shift = decimals - fraction.length + Number(exponent);
  const scaled = shift >= 0 ? digits * 10n ** BigInt(shift) : nearest(digits, 10n ** BigInt(-shift));
  return sign === "-" ? -scaled : scaled;
}

function nearest(dividend: bigint, divisor: bigint): bigint {
  return (dividend + divisor / 2n) / divisor;
}
