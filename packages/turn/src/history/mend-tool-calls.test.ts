import type { TurnMessage } from "@caprock/memory";
import fc from "fast-check";
import { expect, test } from "vitest";
import { mendToolCalls } from "./mend-tool-calls.ts";

const call = (id: string) => ({ toolUse: { toolUseId: id, name: "weather", input: { city: "Rome" } } });
const result = (id: string) => ({ toolResult: { toolUseId: id, content: [{ text: "sunny" }] } });
const says = (role: "user" | "assistant", ...content: TurnMessage["content"]): TurnMessage => ({
  role,
  content,
});
const idsOf = (message: TurnMessage | undefined, kind: "toolUse" | "toolResult") =>
  (message?.content ?? []).flatMap((block) =>
    block[kind] ? [(block[kind] as { toolUseId: string }).toolUseId] : [],
  );

test("a call that was given up, and a result whose call was deleted, become words; the rest stays as it was", () => {
  const history = [
    says("user", { text: "weather?" }),
    says("assistant", { reasoningContent: {} }, { text: "Let me look." }, call("a")),
    says("user", { text: "never mind" }),
    says("assistant", { text: "Fine." }),
    says("user", result("gone")),
    says("assistant", { text: "Sunny." }),
  ];
  const mended = mendToolCalls(history, says("user", { text: "Thanks" }), true);
  expect(mended[1]?.content).toEqual([
    { text: "Let me look." },
    { text: "[Called the tool weather; there was no answer.]" },
  ]);
  expect(mended[4]?.content).toEqual([{ text: "[A tool's answer, whose call is no longer kept.]" }]);
  expect([0, 2, 3, 5].map((at) => mended[at])).toEqual([0, 2, 3, 5].map((at) => history[at]));
});

test("without tools calls and their results are told in words, whoever answers them", () => {
  const history = [
    says("user", { text: "weather?" }),
    says("assistant", call("a")),
    says("user", result("a")),
    says("assistant", call("b")),
  ];
  const [, first, answer, last] = mendToolCalls(history, says("user", result("b")), false);
  expect(first?.content).toEqual([{ text: '[Called the tool weather with {"city":"Rome"}.]' }]);
  expect(answer?.content).toEqual([{ text: "[The tool answered: sunny]" }]);
  expect(last?.content).toEqual(first?.content);
});

test("whatever turns are missing, every call is answered in the next message, no result is without its call, and a whole history is left alone", () => {
  const turn = fc.record({
    calls: fc.integer({ min: 0, max: 3 }),
    answered: fc.boolean(),
    kept: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 8 }), fc.boolean(), (turns, hasTools) => {
      let open: string[] = [];
      let isWhole = true;
      const history: TurnMessage[] = [];
      for (const [index, { calls, answered, kept }] of turns.entries()) {
        const ids = Array.from({ length: calls }, (_, at) => `${index}.${at}`);
        const question = answered && open.length > 0 ? open.map(result) : [{ text: "q" }];
        isWhole &&= kept && (answered || open.length === 0);
        if (kept) {
          history.push(says("user", ...question), says("assistant", { text: "a" }, ...ids.map(call)));
        }
        open = ids;
      }
      const next = says("user", ...(open.length > 0 ? open.map(result) : [{ text: "now" }]));
      const mended = mendToolCalls(history, next, hasTools);
      for (const [index, message] of mended.entries()) {
        expect(message.content.length).toBeGreaterThan(0);
        expect(message.role).toBe(history[index]?.role);
        const after = index + 1 < mended.length ? mended[index + 1] : next;
        const answers = idsOf(after, "toolResult");
        expect(idsOf(message, "toolUse").filter((id) => !answers.includes(id))).toEqual([]);
        const before = idsOf(mended[index - 1], "toolUse");
        expect(idsOf(message, "toolResult").filter((id) => !before.includes(id))).toEqual([]);
      }
      if (isWhole && hasTools) {
        expect(mended).toEqual(history);
      }
    }),
    { numRuns: 10_000 },
  );
});
