import { allModels } from "@caprock/inference";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConverseBlock, ConverseBody } from "../converse-json.ts";
import { parseChatCompletion } from "./request.ts";
import { toConverse } from "./to-converse.ts";

const nova = allModels.find(({ id }) => id === "amazon.nova-lite-v1:0")!;
const text = fc.oneof(fc.string(), fc.constantFrom("", " ", "\n", "Hi", "Oslo"));
const part = fc.oneof(
  fc.record({ type: fc.constant("text"), text }),
  fc.record({
    type: fc.constant("image_url"),
    image_url: fc.record({
      url: fc.constantFrom("data:image/png;base64,AAAA", "https://example.com/a.png", "data:"),
    }),
  }),
);
const callId = fc.constantFrom("a", "b", "c", "d");
const toolCall = fc.record({
  id: callId,
  type: fc.constant("function"),
  function: fc.record({
    name: fc.constantFrom("weather", "news"),
    arguments: fc.constantFrom("", "{}", '{"a":[1]}', "["),
  }),
});
/** Any messages at all: most of these chats must be refused. */
const message = fc.oneof(
  fc.record({ role: fc.constantFrom("system", "developer"), content: text }),
  fc.record({ role: fc.constant("user"), content: fc.oneof(text, fc.array(part, { maxLength: 3 })) }),
  fc.record(
    {
      role: fc.constant("assistant"),
      content: fc.oneof(text, fc.constant(null)),
      tool_calls: fc.uniqueArray(toolCall, { selector: (call) => call.id, maxLength: 3 }),
    },
    { requiredKeys: ["role"] },
  ),
  fc.record({ role: fc.constant("tool"), tool_call_id: callId, content: text }),
);

/** Chats as clients write them: questions, answers, rounds of parallel calls; all of these must be accepted. */
const said = fc.constantFrom("Hi", "And Rome?", "Rain.");
const exchange = fc.oneof(
  fc.tuple(said, said).map(([question, answer]) => [
    { role: "user", content: question },
    { role: "assistant", content: answer },
  ]),
  said.map((question) => [{ role: "user", content: question }]),
  said.map((rule) => [{ role: "system", content: rule }]),
  fc.uniqueArray(callId, { minLength: 1 }).chain((ids) =>
    fc.shuffledSubarray(ids, { minLength: ids.length }).map((answered) => [
      { role: "user", content: "Go" },
      {
        role: "assistant",
        tool_calls: ids.map((id) => ({ id, type: "function", function: { name: "weather", arguments: "" } })),
      },
      ...answered.map((id) => ({ role: "tool", tool_call_id: id, content: "" })),
      { role: "assistant", content: "Done." },
    ]),
  ),
);
const wellFormedChat = fc
  .array(exchange)
  .map((exchanges) => [{ role: "user", content: "Hello" }, ...exchanges.flat()]);

/** A chat that went wrong in one place: a message lost, moved or put in. */
const damagedChat = fc
  .tuple(wellFormedChat, fc.nat(), fc.nat(), fc.option(message))
  .map(([chat, from, to, inserted]) => {
    const lost = from % chat.length;
    const rest: unknown[] = chat.filter((_, index) => index !== lost);
    rest.splice(to % chat.length, 0, inserted ?? chat[lost]);
    return rest;
  });

const requestWith = (messages: fc.Arbitrary<readonly unknown[]>) =>
  fc.record(
    {
      model: fc.constant("m"),
      messages,
      tools: fc.constantFrom([], [{ type: "function", function: { name: "weather" } }]),
      tool_choice: fc.constantFrom("auto", "none"),
      stop: fc.constantFrom("END", []),
    },
    { requiredKeys: ["model", "messages"] },
  );

function bodyOf(request: unknown): ConverseBody | undefined {
  const parsed = parseChatCompletion(request);
  if ("refused" in parsed) {
    return undefined;
  }
  const mapped = toConverse(parsed.request, { model: nova, streamed: false, history: [] });
  return "refused" in mapped ? undefined : mapped.body;
}

const useIds = (blocks: readonly ConverseBlock[]) =>
  blocks.flatMap((block) => ("toolUse" in block ? [block.toolUse.toolUseId] : []));
const resultIds = (blocks: readonly ConverseBlock[]) =>
  blocks.flatMap((block) => ("toolResult" in block ? [block.toolResult.toolUseId] : []));

function expectConverseRules({ messages, system, toolConfig }: ConverseBody): void {
  let open: string[] = [];
  let toolBlocks = 0;
  for (const [index, { role, content }] of messages.entries()) {
    expect(role).toBe(index % 2 === 0 ? "user" : "assistant");
    expect(content.length).toBeGreaterThan(0);
    const results = resultIds(content);
    const uses = useIds(content);
    expect(role === "user" ? uses : results).toEqual([]);
    expect(new Set(results).size).toBe(results.length);
    expect(new Set(uses).size).toBe(uses.length);
    expect(open).toEqual(expect.arrayContaining(results));
    expect(content.slice(0, results.length).every((block) => "toolResult" in block)).toBe(true);
    for (const block of content) {
      const texts = "toolResult" in block ? block.toolResult.content : [block];
      expect(texts.every((one) => !("text" in one) || one.text.trim() !== "")).toBe(true);
    }
    toolBlocks += results.length + uses.length;
    open = uses;
  }
  expect(messages.length).toBeGreaterThan(0);
  expect(system?.every((block) => block.text.trim() !== "")).not.toBe(false);
  expect(system?.length).not.toBe(0);
  if (toolBlocks > 0) {
    expect(toolConfig?.tools.length).toBeGreaterThan(0);
  }
}

test("any accepted chat begins with the user, alternates, and has each result in the message after its call", () => {
  const chats = requestWith(fc.oneof(damagedChat, fc.array(message, { minLength: 1, maxLength: 8 })));
  fc.assert(
    fc.property(chats, (request) => {
      const body = bodyOf(request);
      if (body) {
        expectConverseRules(body);
      }
    }),
    { numRuns: 1000 },
  );
});

test("every chat that a client can have had is accepted, with all of its calls answered and no text lost", () => {
  fc.assert(
    fc.property(requestWith(wellFormedChat), (request) => {
      const body = bodyOf(request);
      expect(body).toBeDefined();
      expectConverseRules(body!);
      const blocks = body!.messages.flatMap((one) => one.content);
      expect(resultIds(blocks).sort()).toEqual(useIds(blocks).sort());
      const sent = (request.messages as { role: string; content?: string }[]).filter(
        (one) => one.role !== "tool" && one.content,
      );
      const kept = [...blocks, ...(body!.system ?? [])].filter((block) => "text" in block);
      expect(kept.length).toBe(sent.length);
    }),
  );
});
