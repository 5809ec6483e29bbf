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
