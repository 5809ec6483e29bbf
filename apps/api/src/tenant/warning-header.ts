/** Tells the caller what of its request was left out, where that does not make the answer wrong. */

export const warningHeaderName = "x-caprock-warning";

/** One header for all; none where there is nothing to say. Warnings name members and models, never what a caller wrote. */
export function warningHeader(warnings: readonly string[]): Record<string, string> {
  return warnings.length === 0 ? {} : { [warningHeaderName]: warnings.join("; ") };
}
