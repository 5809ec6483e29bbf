import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { fitCase } from "./testing/fit-cases.ts";
import { fitRules, notChecked, sentOf } from "./testing/fit-rules.ts";

const chats = 10_000;
/** More than `chats`, for some are refused, and what is not sent has nothing to check. */
const mostChats = 20_000;

describe("for 10,000 checks each, of random chats with tool loops, parallel calls, retrieved parts and every strategy", () => {
  const violations = new Map<string, { seed: number; words: string }[]>();
  const checks = new Map(Object.keys(fitRules).map((name) => [name, 0]));
  let refused = 0;
  let checked = 0;

  beforeAll(async () => {
    const perSeed = 500;
    for (let seed = 1; checked < mostChats && Math.min(...checks.values()) < chats; seed++) {
      for (const one of fc.sample(fitCase, { numRuns: perSeed, seed })) {
        checked++;
        refused += sentOf(one) === undefined ? 1 : 0;
        for (const [name, rule] of Object.entries(fitRules)) {
          const before = checks.get(name) ?? 0;
          const words = before < chats ? await rule(one) : notChecked;
          if (words === notChecked) {
            continue;
          }
          checks.set(name, before + 1);
          if (words !== undefined) {
            violations.set(name, [...(violations.get(name) ?? []), { seed, words }]);
          }
        }
      }
    }
  }, 300_000);

  test.each(Object.keys(fitRules))("%s", (name) => {
    expect(checks.get(name)).toBe(chats);
    expect((violations.get(name) ?? []).slice(0, 3)).toEqual([]);
  });

  test("some are refused, and most are not", () => {
    expect(refused).toBeGreaterThan(checked / 100);
    expect(refused).toBeLessThan(checked / 2);
  });
});
