import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { fitCase } from "./testing/fit-cases.ts";
import { attempt, fitRules } from "./testing/fit-rules.ts";

const chats = 10_000;

describe("for 10,000 random chats with tool loops, parallel calls, retrieved parts and every strategy", () => {
  const violations = new Map<string, { seed: number; words: string }[]>();
  let refused = 0;
  let checked = 0;

  beforeAll(async () => {
    const perSeed = 500;
    for (let seed = 1; checked < chats; seed++) {
      for (const one of fc.sample(fitCase, { numRuns: perSeed, seed })) {
        checked++;
        refused += "refused" in attempt(one, one.roomTokens) ? 1 : 0;
        for (const [name, rule] of Object.entries(fitRules)) {
          const words = await rule(one);
          if (words !== undefined) {
            violations.set(name, [...(violations.get(name) ?? []), { seed, words }]);
          }
        }
      }
    }
  }, 300_000);

  test.each(Object.keys(fitRules))("%s", (name) => {
    expect(checked).toBeGreaterThanOrEqual(chats);
    expect((violations.get(name) ?? []).slice(0, 3)).toEqual([]);
  });

  test("some are refused, and most are not", () => {
    expect(refused).toBeGreaterThan(chats / 100);
    expect(refused).toBeLessThan(chats / 2);
  });
});
