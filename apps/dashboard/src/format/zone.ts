/** Time zones to choose from, by their IANA names. */

const largestOffer = Intl.supportedValuesOf("timeZone");

/** The zone of whoever looks. */
export function browserZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `first` and UTC, then every zone that the browser knows. */
export function zonesToChoose(first: readonly string[]): string[] {
  return [...new Set([...first, "UTC", ...largestOffer])];
}

/** "2026-11-22": the day it is in the zone at an instant. */
export function dayIn(timeZone: string, instantMs: number): string {
  const parts = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).formatToParts(instantMs);
  const part = (wanted: string) => parts.find(({ type }) => type === wanted)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}
