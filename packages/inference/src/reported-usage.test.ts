import { promptTokens } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { reportedServiceTier, reportedUsage } from "./reported-usage.ts";

test("each class is what Bedrock reported of it", () => {
  const usage = {
    inputTokens: 10,
    outputTokens: 20,
    totalTokens: 9_999,
    cacheReadInputTokens: 300,
    cacheWriteInputTokens: 70,
    cacheDetails: [
      { ttl: "1h", inputTokens: 50 },
      { ttl: "5m", inputTokens: 20 },
    ],
  };
  const expected = { input: 10, cacheRead: 300, cacheWrite5m: 20, cacheWrite1h: 50, output: 20 };
  expect(reportedUsage({ usage })).toEqual(expected);
  expect(reportedUsage({ usage: { ...usage, newClass: 5 } })).toEqual(expected);
});

test("models without a cache report none, in any of the ways they leave it out", () => {
  const none = { input: 1, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 2 };
  expect(reportedUsage({ usage: { inputTokens: 1, outputTokens: 2 } })).toEqual(none);
  const empty = { cacheReadInputTokens: null, cacheWriteInputTokens: null, cacheDetails: null };
  expect(reportedUsage({ usage: { inputTokens: 1, outputTokens: 2, ...empty } })).toEqual(none);
});

test("cache writes whose time to live is not told, or not known, are billed as five-minute ones", () => {
  const usage = { inputTokens: 0, outputTokens: 0, cacheWriteInputTokens: 70 };
  expect(reportedUsage({ usage })).toMatchObject({ cacheWrite5m: 70, cacheWrite1h: 0 });
  const cacheDetails = [{ ttl: "9h", inputTokens: 70 }];
  expect(reportedUsage({ usage: { ...usage, cacheDetails } })).toMatchObject({
    cacheWrite5m: 70,
    cacheWrite1h: 0,
  });
});

test("no token that was reported is lost or counted in two classes", () => {
  const count = fc.nat(1_000_000);
  fc.assert(
    fc.property(count, count, count, count, count, (input, output, read, short, long) => {
      const usage = reportedUsage({
        usage: {
          inputTokens: input,
          outputTokens: output,
          cacheReadInputTokens: read,
          cacheWriteInputTokens: short + long,
          cacheDetails: [{ ttl: "1h", inputTokens: long }],
        },
      });
      expect(promptTokens(usage!)).toBe(input + read + short + long);
      expect(usage).toMatchObject({ output, cacheWrite1h: long });
    }),
  );
});

test.each([
  {},
  { usage: null },
  { usage: {} },
  { usage: { inputTokens: 1 } },
  { usage: { inputTokens: -1, outputTokens: 1 } },
  { usage: { inputTokens: 1.5, outputTokens: 1 } },
  { usage: { inputTokens: "1", outputTokens: 1 } },
])("%j tells no usage, rather than a wrong one", (body) => {
  expect(reportedUsage(body)).toBeUndefined();
});

test("the tier that served is read where it is told", () => {
  expect(reportedServiceTier({ serviceTier: { type: "flex" } })).toBe("flex");
  for (const untold of [{}, { serviceTier: null }, { serviceTier: "flex" }, { serviceTier: { type: 1 } }]) {
    expect(reportedServiceTier(untold)).toBeUndefined();
  }
});
