import { describe, expect, it } from "vitest";
import { daysOf, formatDayOfMonth, formatMonth, monthsBackFrom } from "./month.ts";

describe("months", () => {
  it("counts back over the turn of the year", () => {
    expect(monthsBackFrom("2026-02", 4)).toEqual(["2026-02", "2026-01", "2025-12", "2025-11"]);
  });

  it("knows how long each month is, leap years included", () => {
    expect(daysOf("2026-02")).toHaveLength(28);
    expect(daysOf("2028-02")).toHaveLength(29);
    expect(daysOf("2026-04").at(-1)).toBe("2026-04-30");
    expect(daysOf("2026-12").at(-1)).toBe("2026-12-31");
  });

  it("names months and days the same whatever the time zone of the reader", () => {
    expect(formatMonth("2026-11")).toBe("November 2026");
    expect(formatDayOfMonth("2026-11-01")).toBe("Nov 1");
  });
});
