/** Amounts as people type them, in the form the API takes. The API remains the judge of them. */

/** Without spaces, thousands separators and the dollar sign: "1250.50" for "$ 1,250.50". */
export function typedUsd(text: string): string {
  return text.replace(/[\s,$]/g, "");
}

/** A count; what is none is NaN, which the API refuses as such. */
export function typedCount(text: string): number {
  const plain = text.replace(/[\s,]/g, "");
  return /^\d+$/.test(plain) ? Number(plain) : Number.NaN;
}
