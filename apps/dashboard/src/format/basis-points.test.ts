import { describe, expect, it } from "vitest";
import { formatPercent, plainPercent, typedBasisPoints } from "./basis-points.ts";

describe("a markup", () => {
  it.each([
    [1500, "+15%"],
    [-500, "-5%"],
    [25, "+0.25%"],
    [1, "+0.01%"],
    [10_000, "+100%"],
    [0, "0%"],
  ])("of %d basis points reads %s", (basisPoints, text) => {
    expect(formatPercent(basisPoints)).toBe(text);
    expect(typedBasisPoints(plainPercent(basisPoints))).toBe(basisPoints);
  });

  it.each(["", "1.234", "ten", "1,5"])("typed as %j is left for the API to refuse", (text) => {
    expect(typedBasisPoints(text)).toBeNaN();
  });
});
