/** Percentages of a limit as people type them. */

export function shownPercents(percents: readonly number[]): string {
  return percents.join(", ");
}

/** "80, 100 %" is 80 and 100; what is no whole number is NaN, which the API refuses as such. */
export function percentsOf(text: string): number[] {
  const parts = text.split(/[\s,;%]+/).filter((part) => part !== "");
  return parts.map((part) => (/^\d+$/.test(part) ? Number(part) : Number.NaN));
}
