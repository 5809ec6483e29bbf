import type { ConverseCommandInput } from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { blocksOf, type ChatMessage, elementsOf, jsonText, membersOf } from "./converse.ts";
import { randomChat } from "./testing/random-chat.ts";
import { textSamples } from "./testing/text-samples.ts";
import { tokenCeiling } from "./token-ceiling.ts";
import { createTokenCounter } from "./token-counter.ts";

const limits = { windowTokens: 200_000 };
const toolConfig = { tools: [{ toolSpec: { name: "look_up", inputSchema: { json: { type: "object" } } } }] };
const system = [{ text: "You help customers of a shop." }];

function ceilingOf(content: ChatMessage["content"]): number {
  return tokenCeiling({ messages: [{ role: "user", content }] }, limits);
}

/** The most a byte-level tokenizer could make of a chat: a token for every byte of every text, name and JSON. */
function byteTokens(messages: readonly ChatMessage[]): number {
  const ofBlock = (block: Readonly<Record<string, unknown>>): number => {
    const results = elementsOf(membersOf(block.toolResult).content).map(membersOf);
    const call = block.toolUse === undefined ? 0 : Buffer.byteLength(jsonText(block.toolUse));
    const json = block.json === undefined ? 0 : Buffer.byteLength(jsonText(block.json));
    const text = typeof block.text === "string" ? Buffer.byteLength(block.text) : 0;
    return (
      text +
      call +
      json +
      (block.image ? 4_800 : 0) +
      results.reduce((sum, result) => sum + ofBlock(result), 0)
    );
  };
  return messages.reduce(
    (sum, message) => sum + 8 + blocksOf(message).reduce((all, b) => all + ofBlock(b), 0),
    0,
  );
}

test("no count of a random chat exceeds the ceiling: not a token a byte, not the estimate at a factor of 1.5", () => {
  const counter = createTokenCounter({ factor: 1.5 });
  fc.assert(
    fc.property(randomChat, (messages) => {
      const ceiling = tokenCeiling({ messages, system, toolConfig }, limits);
      const bytes = Buffer.byteLength(jsonText(toolConfig)) + Buffer.byteLength(jsonText(system));
      expect(ceiling).toBeGreaterThanOrEqual(byteTokens(messages) + bytes + 64 + 549);
      const estimate = messages.reduce((sum, message) => sum + counter.message(message), 0);
      // An unknown kind of block counts its bytes in both; images are far below the ceiling's figure.
      expect(ceiling).toBeGreaterThanOrEqual(estimate + counter.tools(toolConfig) + counter.system(system));
    }),
    { numRuns: 500 },
  );
});

test("a text counts at least a token for each of its bytes, however it is written", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
      const bytes = Buffer.byteLength(text);
      const normalised = Buffer.byteLength(text.normalize("NFKC"));
      expect(ceilingOf([{ text }]) - ceilingOf([{ text: "" }])).toBeGreaterThanOrEqual(
        Math.max(bytes, normalised) - 2,
      );
    }),
    { numRuns: 2000 },
  );
});

test("a letter that Unicode normalisation lengthens counts at its full length", () => {
  expect(ceilingOf([{ text: "\u{FDFA}".repeat(1000) }])).toBeGreaterThan(33_000);
});

test("no real text of any script reaches the ceiling", () => {
  for (const { text, o200kTokens } of textSamples) {
    expect(ceilingOf([{ text }])).toBeGreaterThan(o200kTokens * 1.5);
  }
});

test("an image counts its maximum and not its bytes", () => {
  const image = (bytes: string | Uint8Array) => ceilingOf([{ image: { format: "png", source: { bytes } } }]);
  expect(image("A".repeat(4_000_000))).toBe(image("A"));
  expect(image(new Uint8Array(4_000_000))).toBe(image("A"));
  expect(image("A") - ceilingOf([])).toBeGreaterThanOrEqual(16_384);
});

test("what calls itself an image but is text in a tool's input counts its bytes", () => {
  const input = { image: { source: { bytes: "hidden words ".repeat(1000) } } };
  expect(ceilingOf([{ toolUse: { toolUseId: "a", name: "b", input } }])).toBeGreaterThan(13_000);
});

test("a plain-text document counts its bytes, a compressed one the whole window", () => {
  const document = (format: string) => ({
    document: { name: "a", format, source: { bytes: "TWFu".repeat(300) } },
  });
  const plain = ceilingOf([document("txt")]);
  expect(plain).toBeGreaterThan(900);
  expect(plain).toBeLessThan(2000);
  expect(ceilingOf([document("pdf")])).toBe(limits.windowTokens);
  const nested = [{ toolResult: { toolUseId: "a", content: [document("pdf")] } }];
  expect(ceilingOf(nested)).toBe(limits.windowTokens);
});

test.each([
  ["a video", { messages: [{ role: "user", content: [{ video: { source: { bytes: "AAAA" } } }] }] }],
  ["a stored prompt", { messages: [], promptVariables: { name: { text: "x" } } }],
  [
    "a tool that the service defines",
    { messages: [], toolConfig: { tools: [{ systemTool: { name: "nova_grounding" } }] } },
  ],
  [
    "the model's own tools",
    { messages: [], additionalModelRequestFields: { tools: [{ type: "bash_20250124" }] } },
  ],
])("%s counts the whole window, because the request does not show its tokens", (_, body) => {
  expect(tokenCeiling(body, limits)).toBe(limits.windowTokens);
});

test("members that Caprock does not know count their bytes", () => {
  const note = "x".repeat(5000);
  expect(tokenCeiling({ messages: [], ...{ novelty: { note } } }, limits)).toBeGreaterThan(5000);
});

test("a malformed body is never a crash", () => {
  const value = fc.anything({ maxDepth: 2, maxKeys: 3 });
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("messages", "system", "toolConfig"), value), (body) => {
      expect(tokenCeiling(body as unknown as { messages: [] }, limits)).toBeGreaterThan(0);
    }),
    { numRuns: 500 },
  );
});

test("the SDK's input is a body", () => {
  const input: ConverseCommandInput = {
    modelId: "m",
    messages: [{ role: "user", content: [{ text: "Hello" }] }],
  };
  expect(tokenCeiling(input, limits)).toBeGreaterThan(16);
});
