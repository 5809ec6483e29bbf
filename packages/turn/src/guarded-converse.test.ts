import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConverseBody } from "./converse-body.ts";
import { guardOf } from "./guarded-converse.ts";

const config = { guardrailIdentifier: "abc", guardrailVersion: "1" };
const body = (messages: ConverseBody["messages"], more: object = {}): ConverseBody => ({
  messages,
  guardrailConfig: config,
  ...more,
});
const text = fc.string({ maxLength: 3_000, unit: fc.constantFrom("a", " ", "é", "漢") });
const block = fc.oneof(
  text.map((said) => ({ text: said })),
  text.map((said) => ({ guardContent: { text: { text: said, qualifiers: ["query"] } } })),
  text.map((said) => ({ toolResult: { toolUseId: "t", content: [{ text: said }, { json: { said } }] } })),
  fc.constant({ image: { format: "png", source: { bytes: "" } } }),
);

/** What AWS may bill for texts that it looks at together, or one by one. */
const unitsOf = (texts: readonly string[]) => Math.ceil(texts.join("").length / 1_000);

test("whatever of a chat a guardrail looks at, alone or together, is no more than what is held for", () => {
  fc.assert(
    fc.property(
      fc.array(block, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 4_096 }),
      (content, max) => {
        const guard = guardOf(body([{ role: "user", content }]))!;
        const texts = JSON.stringify(content).match(/"(?:text|said)":"([^"]*)"/g) ?? [];
        const most = guard.mostUnits(max, true);
        const said = texts.map((found) => found.slice(found.indexOf(":") + 2, -1));
        const oneByOne = said.reduce((sum, each) => sum + unitsOf([each]), 0);
        for (const units of [unitsOf(said), oneByOne]) {
          // And the answer, in as many pieces as it has tokens.
          expect(most.guardrailTopics).toBeGreaterThanOrEqual(units + max);
          expect(most.guardrailReasoning).toBeGreaterThanOrEqual(2 * (units + max));
        }
        expect(most.guardrailImages ?? 0).toBe(content.filter((each) => "image" in each).length);
        expect(guard.mostUnits(max, false).guardrailContent).toBeGreaterThanOrEqual(unitsOf(said) + 1);
      },
    ),
  );
});

const usage = (units: number) => ({
  invocationMetrics: { usage: { topicPolicyUnits: units, contentPolicyUnits: 0 } },
});
const trace = {
  guardrail: {
    inputAssessment: { abc: usage(2) },
    outputAssessments: { abc: [usage(1), usage(3)] },
    modelOutput: ["shown to nobody"],
  },
};

test("all assessments of prompt and answer are summed, and an answer without a trace tells nothing", () => {
  const guard = guardOf(body([{ role: "user", content: [{ text: "a" }] }]));
  expect(guard?.unitsOf({ trace })).toEqual({ guardrailTopics: 6 });
  expect(guard?.unitsOf({ trace: { promptRouter: {} } })).toBeUndefined();
  expect(guard?.unitsOf({})).toBeUndefined();
});

test.each([
  [undefined, { stopReason: "end_turn" }],
  ["disabled", { stopReason: "end_turn" }],
  ["enabled", { stopReason: "end_turn", trace }],
  ["enabled_full", { stopReason: "end_turn", trace }],
])("a caller that asks for the trace %j gets that", (wanted, shown) => {
  const asked = body([{ role: "user", content: [{ text: "a" }] }], {
    guardrailConfig: { ...config, ...(wanted && { trace: wanted }) },
  });
  const guard = guardOf(asked);
  expect(guard?.traced(asked).guardrailConfig).toEqual({
    ...config,
    trace: wanted === "enabled_full" ? wanted : "enabled",
  });
  expect(guard?.shown({ stopReason: "end_turn", trace })).toEqual(shown);
});

test("another trace than the guardrail's stays where it is", () => {
  const guard = guardOf(body([{ role: "user", content: [{ text: "a" }] }]));
  expect(guard?.shown({ trace: { ...trace, promptRouter: { invokedModelId: "m" } } })).toEqual({
    trace: { promptRouter: { invokedModelId: "m" } },
  });
});
