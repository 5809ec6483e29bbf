/** Writes what is billed by the piece as a value of request metadata, and reads it back from the invocation log. */
import { billedUnits, type UnitCounts } from "./price-book/index.ts";

/** "image=1,inputImage=2"; the characters are among those that AWS allows in metadata. Empty where there is nothing. */
export function unitsText(units: UnitCounts): string {
  return billedUnits.flatMap((unit) => ((units[unit] ?? 0) > 0 ? [`${unit}=${units[unit]}`] : [])).join(",");
}

/** Reads what `unitsText` wrote; whatever else stands there is passed over. */
export function readUnits(text: string | undefined): UnitCounts {
  return Object.fromEntries(
    billedUnits.flatMap((unit) => {
      const count = new RegExp(`(?:^|,)${unit}=(\\d{1,9})(?:,|$)`).exec(text ?? "")?.[1];
      return count === undefined ? [] : [[unit, Number(count)]];
    }),
  );
}
