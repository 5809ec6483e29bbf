import fc from "fast-check";
import { expect, test } from "vitest";
import { TokenCalibration } from "./token-calibration.ts";

const call = (reportedTokens: number) => ({ estimatedTokens: 1000, correction: 1, reportedTokens });

test("a model that makes more tokens is known after one call, and others are not touched", () => {
  const calibration = new TokenCalibration();
  calibration.observe("a", call(1300));
  expect(calibration.correctionOf("a")).toBeCloseTo(1.3);
  expect(calibration.correctionOf("b")).toBe(1);
});

test("it rises at once and falls slowly", () => {
  const calibration = new TokenCalibration();
  calibration.observe("a", call(1000));
  calibration.observe("a", call(1400));
  expect(calibration.correctionOf("a")).toBeCloseTo(1.4);
  calibration.observe("a", call(1000));
  expect(calibration.correctionOf("a")).toBeGreaterThan(1);
  expect(calibration.correctionOf("a")).toBeLessThan(1.1);
});

test("an estimate that was corrected already is not corrected twice", () => {
  const calibration = new TokenCalibration();
  calibration.observe("a", call(1300));
  calibration.observe("a", { estimatedTokens: 1300, correction: 1.3, reportedTokens: 1300 });
  expect(calibration.correctionOf("a")).toBeCloseTo(1.3);
});

test("whatever is reported, it stays bounded", () => {
  const observation = fc.record({
    estimatedTokens: fc.double(),
    correction: fc.double(),
    reportedTokens: fc.double(),
  });
  fc.assert(
    fc.property(fc.array(observation), (observations) => {
      const calibration = new TokenCalibration();
      for (const one of observations) {
        calibration.observe("a", one);
      }
      expect(calibration.correctionOf("a")).toBeGreaterThanOrEqual(0.6);
      expect(calibration.correctionOf("a")).toBeLessThanOrEqual(2.5);
    }),
  );
});
