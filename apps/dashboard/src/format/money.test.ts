import { describe, expect, it } from "vitest";
import {
  formatExactCost,
  formatExactProduct,
  formatExactUsd,
  formatNanoUsd,
  formatShare,
  formatUnitNanoUsd,
  formatUsd,
  nanoUsdOf,
  plainUsd,
  shareOf,
  sumNanoUsd,
} from "./money.ts";

describe("money on screen", () => {
  it.each([
    ["0.000000000", "$0.00"],
    ["12.340000000", "$12.34"],
    ["12.345000000", "$12.35"],
    ["1234567.891000000", "$1,234,567.89"],
    ["0.999999999", "$1.00"],
    ["0.010000000", "$0.01"],
    ["0.009999999", "$0.010000"],
    ["0.000123000", "$0.000123"],
    ["0.000000035", "$0.000000035"],
    ["-3.500000000", "-$3.50"],
  ])("shows %s as %s", (usd, shown) => {
    expect(formatUsd(usd)).toBe(shown);
  });

  it("shows the price of a request with six decimals below a dollar", () => {
    expect(formatUnitNanoUsd(20_115_000n)).toBe("$0.020115");
    expect(formatUnitNanoUsd(0n)).toBe("$0.00");
    expect(formatUnitNanoUsd(35n)).toBe("$0.000000035");
    expect(formatUnitNanoUsd(1_234_000_000n)).toBe("$1.23");
  });

  it("never shows an amount that is not zero as zero", () => {
    for (let digits = 0; digits < 9; digits += 1) {
      expect(formatNanoUsd(10n ** BigInt(digits))).toMatch(/[1-9]/);
    }
  });

  it("sums without losing a nano-dollar where floats would", () => {
    expect(sumNanoUsd(["9007199.254740993", "0.000000001", "0.1", "0.2"])).toBe(9_007_199_554_740_994n);
  });

  it("refuses text that is not an amount", () => {
    for (const text of ["", "1e3", "1.0000000001", "$1", "NaN"]) {
      expect(() => nanoUsdOf(text)).toThrow(RangeError);
    }
  });

  it("shows rates and receipt lines with every digit that counts and no more", () => {
    expect(formatExactUsd("0.035000000")).toBe("$0.035");
    expect(formatExactUsd("3.000000000")).toBe("$3.00");
    expect(formatExactUsd("15.500000000")).toBe("$15.50");
    expect(formatExactUsd("100.000000000")).toBe("$100.00");
    expect(formatExactCost(1, "0.035000000")).toBe("$0.000000035");
    expect(formatExactCost(1234, "3.000000000")).toBe("$0.003702");
    expect(formatExactCost(1, "0.000000001")).toBe("$0.000000000000001");
  });

  it("puts an amount into an input field without changing it", () => {
    for (const [usd, plain] of [
      ["50.000000000", "50"],
      ["100.000000000", "100"],
      ["49.990000000", "49.99"],
      ["0.000000000", "0"],
      ["0.000000035", "0.000000035"],
    ] as const) {
      expect(plainUsd(usd)).toBe(plain);
      expect(nanoUsdOf(plain)).toBe(nanoUsdOf(usd));
    }
  });
});

describe("shares", () => {
  it("counts spend against a cap of nothing as all of it", () => {
    expect(shareOf(0n, 0n)).toBe(0);
    expect(shareOf(1n, 0n)).toBe(1);
  });

  it.each([
    [0, "0%"],
    [0.0001, "<0.1%"],
    [0.0123, "1.2%"],
    [0.02, "2%"],
    [0.824, "82%"],
    [0.9996, "99.9%"],
    [1, "100%"],
    [1.25, "125%"],
  ])("shows %s as %s", (share, shown) => {
    expect(formatShare(share)).toBe(shown);
  });
});

describe("pieces", () => {
  it("cost their count times the price of each, exactly", () => {
    expect(formatExactProduct(3, "0.040000001")).toBe("$0.120000003");
    expect(formatExactProduct(2, "0.500000000")).toBe("$1.00");
  });
});
