import { allModels } from "@caprock/inference";
import type { TurnMessage } from "@caprock/memory";
import fc from "fast-check";
import { expect, test } from "vitest";
import { putHistory } from "./put-history.ts";

const modelOf = (id: string) => allModels.find((model) => model.id === id)!;
const haiku = modelOf("anthropic.claude-haiku-4-5-20251001-v1:0");
const sonnet = modelOf("anthropic.claude-sonnet-5-5");
const nova = modelOf("amazon.nova-lite-v1:0");
const blind = modelOf("amazon.nova-micro-v1:0");

type Block = Record<string, unknown>;
const user = (...content: Block[]): TurnMessage => ({ role: "user", content });
const assistant = (...content: Block[]): TurnMessage => ({ role: "assistant", content });
const call = (toolUseId: string) => ({ toolUse: { toolUseId, name: "weather", input: { city: "Rome" } } });
const result = (toolUseId: string, ...content: Block[]) => ({ toolResult: { toolUseId, content } });
const signed = { reasoningContent: { reasoningText: { text: "Hm.", signature: "s" } } };
const unsigned = { reasoningContent: { reasoningText: { text: "Hm." } } };
const image = { image: { format: "png", source: { bytes: "" } } };
const report = (name: string) => ({ document: { format: "pdf", name, source: { bytes: "" } } });
const toolConfig = { tools: [{ toolSpec: { name: "other" } }] };

function put(history: TurnMessage[], own: Block[], model = haiku, hasTools = false): Block[][] {
  const body = {
    messages: [{ role: "user" as const, content: own }],
    ...(hasTools ? { toolConfig } : {}),
  };
  const placed = putHistory(history, body, model);
  if ("refused" in placed) {
    throw new Error(placed.refused.message);
  }
  expect(placed.messages).toHaveLength(history.length + 1);
  return placed.messages.map(({ content }) => content);
}

test("a request without tools that answers its session's call has both in words, with what was shown beside them", () => {
  const history = [user({ text: "weather?" }), assistant({ text: "I look." }, call("a"))];
  const own = [result("a", { text: "Rain." }, { json: { mm: 3 } }, image), { text: "Well?" }];
  const [, called, answered] = put(history, own);
  expect(called).toEqual([{ text: "I look." }, { text: '[Called the tool weather with {"city":"Rome"}.]' }]);
  expect(answered).toEqual([{ text: '[The tool answered: Rain.\n{"mm":3}]' }, image, { text: "Well?" }]);
  const failed = { toolResult: { ...result("a", { text: "No net." }).toolResult, status: "error" } };
  expect(put(history, [failed]).at(-1)).toEqual([{ text: "[The tool failed: No net.]" }]);
  expect(put(history, own, haiku, true).slice(1)).toEqual([history[1]?.content, own]);
});

test("the result of a call that its session's last answer does not make is refused by the caller's own message", () => {
  const history = [user({ text: "Hi" }), assistant({ text: "Hello" })];
  const placed = putHistory(history, { messages: [{ role: "user", content: [result("x")] }] }, haiku);
  expect(placed).toMatchObject({ refused: { code: "invalid_request", param: "messages[0]" } });
  const alone = { messages: [{ role: "user" as const, content: [result("x")] }] };
  expect(putHistory([], alone, haiku)).toEqual(alone);
});

test("Claude gets its signed reasoning back while its calls wait for their results, and nobody else any", () => {
  const loop = [
    user({ text: "before" }),
    assistant(signed, call("0")),
    user(result("0")),
    assistant({ text: "Done." }),
    user({ text: "weather?" }),
    assistant(signed, call("a")),
    user(result("a")),
    assistant(signed, unsigned, call("b")),
  ];
  const reasons = (model: typeof haiku, own: Block[], hasTools = true) =>
    put(loop, own, model, hasTools).map((content) => content.filter((one) => "reasoningContent" in one));
  const none = [[], [], [], [], [], [], [], [], []];
  expect(reasons(haiku, [result("b")])).toEqual([[], [], [], [], [], [signed], [], [signed], []]);
  expect(reasons(haiku, [{ text: "Never mind." }])).toEqual(none);
  expect(reasons(haiku, [result("b")], false)).toEqual(none);
  expect(reasons(nova, [result("b")])).toEqual(none);
  // It would refuse what was thought before a history that was fitted since.
  expect(reasons(sonnet, [result("b")])).toEqual(none);
});

test("pictures are told in words to a model that sees none, in results of tools too; the request's own stay", () => {
  const history = [
    user({ text: "See" }, image, { video: {} }),
    assistant(call("a")),
    user(result("a", image)),
    assistant({ text: "A cat." }),
  ];
  const words = { text: "[An image, which this model cannot see.]" };
  const [seen, , answered, , own] = put(history, [{ text: "And?" }, image], blind, true);
  expect(seen).toEqual([{ text: "See" }, words, { text: "[A video, which this model cannot see.]" }]);
  expect(answered).toEqual([result("a", words)]);
  expect(own).toEqual([{ text: "And?" }, image]);
  expect(put(history, [{ text: "And?" }], haiku, true)[0]).toEqual(history[0]?.content);
  const drawn = [user({ text: "Draw" }), assistant({ text: "Here." }, image)];
  expect(put(drawn, [{ text: "And?" }])[1]).toEqual([{ text: "Here." }, words]);
});

test("of citations the text stays, and no message is left empty", () => {
  const cited = { citationsContent: { content: [{ text: "It " }, { text: "rains." }], citations: [{}] } };
  const history = [user({ text: "?" }), assistant(cited), user({ text: "?" }), assistant(signed)];
  const [, told, , empty] = put(history, [{ text: "And?" }]);
  expect(told).toEqual([{ text: "It rains." }]);
  expect(empty).toEqual([{ text: "[Nothing that can be told in words.]" }]);
});

test("of a session's documents the newest five are sent, beside the request's own, and no two of a name", () => {
  const read = (name: string) => [user({ text: "Read" }, report(name)), assistant({ text: "Read." })];
  const history = ["A", "report", "Report", "B", "report"].flatMap(read);
  const own = [{ text: "And this?" }, report("report")];
  const sent = put(history, own);
  expect(sent.flatMap((content) => content.slice(1))).toEqual([
    { text: '[The document "A", which is no longer sent.]' },
    report("report"),
    report("Report (2)"),
    report("B"),
    report("report (3)"),
    report("report (4)"),
  ]);
  // What was sent stays as it was, for the prompt cache.
  const next = [...history.slice(2), user(...own), assistant({ text: "Read." })];
  expect(put(next, [{ text: "Hm." }]).slice(0, 9)).toEqual(sent.slice(2));
});

test("a document that gets another name than one of its session's gets none of the request's own", () => {
  const history = [user({ text: "Read" }, report("report")), assistant({ text: "Read." })];
  const [, , asked] = put(history, [{ text: "And these?" }, report("report"), report("Report (2)")]);
  expect(asked?.slice(1)).toEqual([report("report (3)"), report("Report (2)")]);
});

test("a session's documents are to be cited as the newest is, by Claude alone", () => {
  const cited = (name: string) => ({ document: { ...report(name).document, citations: { enabled: true } } });
  const history = [user({ text: "Read" }, cited("a"), report("b")), assistant({ text: "Read." })];
  const documents = (own: Block[], model = haiku) =>
    put(history, own, model)
      .flat()
      .filter((block) => "document" in block);
  expect(documents([{ text: "Read" }, cited("c")])).toEqual([cited("a"), cited("b"), cited("c")]);
  expect(documents([{ text: "Read" }, report("c")])).toEqual([report("a"), report("b"), report("c")]);
  expect(documents([{ text: "And?" }])).toEqual([report("a"), report("b")]);
  expect(documents([{ text: "Read" }, cited("c")], nova)).toEqual([report("a"), report("b"), cited("c")]);
});

const oneOf = fc.constantFrom<Block>(
  { text: "Hi" },
  image,
  report("a"),
  report("b"),
  signed,
  unsigned,
  { citationsContent: { content: [{ text: "x" }] } },
  { searchResult: { source: "s", title: "t", content: [{ text: "x" }] } },
);
const userBlocks = ["text", "image", "document", "searchResult"];
const said = fc.record({
  user: fc.array(oneOf, { maxLength: 4 }),
  assistant: fc.array(oneOf, { maxLength: 3 }),
  calls: fc.integer({ min: 0, max: 2 }),
  answered: fc.integer({ min: 0, max: 2 }),
});
const kindOf = (block: Block) => Object.keys(block)[0] ?? "";
const documentsIn = (blocks: readonly Block[]) =>
  blocks.flatMap(({ document, toolResult }) => {
    const inner = ((toolResult as Block | undefined)?.content ?? []) as Block[];
    return [document, ...inner.map((part) => part.document)].filter((one) => one !== undefined);
  }) as { name: string }[];

test("whatever was said before, by and to whomever, the history stays message by message and has nothing that its model or Bedrock refuses", () => {
  fc.assert(
    fc.property(
      fc.array(said, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(haiku, sonnet, nova, blind),
      fc.boolean(),
      fc.boolean(),
      (turns, model, hasTools, answers) => {
        let open: string[] = [];
        const history = turns.flatMap((turn, at) => {
          const results = open.slice(0, turn.answered).map((id) => result(id, { text: "x" }, report("a")));
          open = Array.from({ length: turn.calls }, (_, index) => `${at}.${index}`);
          return [
            user(
              { text: "q" },
              ...results,
              ...turn.user.filter((block) => userBlocks.includes(kindOf(block))),
            ),
            assistant(
              ...turn.assistant.filter((block) => !["document", "searchResult"].includes(kindOf(block))),
              { text: "a" },
              ...open.map(call),
            ),
          ];
        });
        const own =
          answers && open.length > 0 ? open.map((id) => result(id, { text: "x" })) : [{ text: "q" }];
        const placed = put(history, [...own, report("a")], model, hasTools);
        const blocks = placed.flat();
        expect(placed.every((content) => content.length > 0)).toBe(true);
        const names = documentsIn(blocks).map(({ name }) => name);
        expect(names.length).toBeLessThanOrEqual(5);
        expect(new Set(names).size).toBe(names.length);
        expect(blocks.some((block) => "image" in block) && !model.supports.images).toBe(false);
        expect(placed.some((content, at) => at % 2 === 1 && content.some((block) => "image" in block))).toBe(
          false,
        );
        expect(blocks.some((block) => "citationsContent" in block || block === unsigned)).toBe(false);
        expect(blocks.includes(signed) && model !== haiku).toBe(false);
        expect(blocks.some((block) => "toolUse" in block || "toolResult" in block) && !hasTools).toBe(false);
        for (const [index, content] of placed.entries()) {
          const ids = (of: Block[] | undefined, kind: "toolUse" | "toolResult") =>
            (of ?? []).flatMap(
              (block) => (block[kind] as { toolUseId?: string } | undefined)?.toolUseId ?? [],
            );
          expect(ids(placed[index + 1], "toolResult")).toEqual(ids(content, "toolUse"));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test("what is wrong among the request's own documents stays as it is, for Bedrock to tell", () => {
  const own = [{ text: "Read" }, report("a"), report("a")];
  expect(put([user({ text: "Hi" }), assistant({ text: "Hello" })], own).at(-1)).toEqual(own);
});
