import type { Message } from "@aws-sdk/client-bedrock-runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChatMessage, ContentBlock } from "./converse.ts";
import { randomChat } from "./testing/random-chat.ts";
import { createTokenCounter } from "./token-counter.ts";

const counter = createTokenCounter({ factor: 1 });

function ask(...content: ContentBlock[]): ChatMessage {
  return { role: "user", content };
}

test("a model's factor raises every text's count", () => {
  const text = "the same words for two models, ".repeat(50);
  expect(createTokenCounter({ factor: 1.5 }).text(text)).toBeCloseTo(counter.text(text) * 1.5, -1);
});

test("a message costs its framing and the sum of its blocks", () => {
  fc.assert(
    fc.property(randomChat, (messages) => {
      for (const { role, content = [] } of messages) {
        const framing = counter.message({ role, content: [] });
        const apart = content.map((block) => counter.message({ role, content: [block] }) - framing);
        const sum = apart.reduce((a, b) => a + b, 0);
        expect(counter.message({ role, content })).toBe(framing + sum);
      }
    }),
  );
});

test("bytes of the SDK's types and base64 of the wire count the same", () => {
  const bytes = Buffer.from("%PDF-1.7 ".repeat(300));
  const sdk: Message = {
    role: "user",
    content: [{ document: { name: "a", format: "pdf", source: { bytes } } }],
  };
  const wire = JSON.parse(JSON.stringify(sdk, (_, value) => value));
  wire.content[0].document.source.bytes = bytes.toString("base64");
  expect(counter.message(sdk)).toBe(counter.message(wire));
  const novelty = (value: unknown) => counter.message(ask({ novelty: { value } } as ContentBlock));
  expect(novelty(new Uint8Array(bytes))).toBe(novelty(bytes.toString("base64")));
});

test("an image counts the most a Claude model makes of one, whatever its bytes", () => {
  const image = { format: "png", source: { bytes: "A".repeat(100_000) } };
  expect(counter.message(ask({ image }))).toBe(counter.message(ask()) + 4800);
});

test("a plain-text document counts as its text", () => {
  const text = "Every party may end this contract at the end of a month. ".repeat(100);
  const document = { name: "a", format: "txt", source: { bytes: Buffer.from(text).toString("base64") } };
  const tokens = counter.message(ask({ document }));
  expect(tokens).toBeGreaterThanOrEqual(counter.text(text));
  expect(tokens).toBeLessThan(counter.text(text) + 40);
});

test("an unknown kind of block counts a token a byte of its JSON", () => {
  const block = { hologram: { note: "日本" } } as ContentBlock;
  expect(counter.message(ask(block))).toBe(counter.message(ask()) + Buffer.byteLength('{"note":"日本"}'));
});

test("tools cost what Claude adds for the first and for each, and their definitions", () => {
  const tool = { toolSpec: { name: "look_up", inputSchema: { json: { type: "object" } } } };
  expect(counter.tools(undefined)).toBe(0);
  expect(counter.tools({ tools: [] })).toBe(0);
  expect(counter.tools({ tools: [tool] })).toBe(549 + 53 + counter.json(tool));
  expect(counter.tools({ tools: [tool, tool] })).toBe(549 + 2 * (53 + counter.json(tool)));
});

test("a message is counted once and remembered", () => {
  let reads = 0;
  const message = {
    role: "user",
    get content() {
      reads++;
      return [{ text: "Hello" }];
    },
  };
  expect(counter.message(message)).toBe(counter.message(message));
  expect(reads).toBe(1);
});

test("a cache point among the tools costs nothing", () => {
  const tool = { toolSpec: { name: "look_up", inputSchema: { json: { type: "object" } } } };
  const cachePoint = { cachePoint: { type: "default" } };
  expect(counter.tools({ tools: [tool, cachePoint] })).toBe(counter.tools({ tools: [tool] }));
});
