import fc from "fast-check";
import { expect, test } from "vitest";
import type { ConverseRequest } from "./converse-request.ts";
import { promptTokens } from "./count-prompt.ts";
import { countTokens, tokenize } from "./tokenize.ts";

const texts = fc.oneof(fc.string(), fc.string({ unit: "grapheme" }), fc.lorem());

test("tokens joined are the text, and are never more than its UTF-8 bytes", () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(tokenize(text).join("")).toBe(text);
      expect(countTokens(text)).toBeLessThanOrEqual(Buffer.byteLength(text));
    }),
  );
});

test("a text cut between two tokens has exactly the tokens before the cut", () => {
  fc.assert(
    fc.property(texts, fc.nat(50), (text, cut) => {
      const kept = tokenize(text).slice(0, cut);
      expect(tokenize(kept.join(""))).toEqual(kept);
    }),
  );
});

test("a prompt has at most its bytes, 8 tokens a message and 64 a tool", () => {
  const tool = (description: string) => ({
    toolSpec: { name: "find", description, inputSchema: { json: { type: "object" } } },
  });
  fc.assert(
    fc.property(fc.array(texts), fc.array(texts), texts, (contents, descriptions, system) => {
      const tools = descriptions.map(tool);
      const request: ConverseRequest = {
        messages: contents.map((text) => ({ role: "user", content: [{ text }] })),
        system: [{ text: system }],
        ...(tools.length > 0 ? { toolConfig: { tools } } : {}),
      };
      const bytes = [...contents, system, ...tools.map((one) => JSON.stringify(one))].map((text) =>
        Buffer.byteLength(text),
      );
      const most = bytes.reduce((sum, one) => sum + one, 0) + 8 * contents.length + 64 * tools.length;
      expect(promptTokens(request)).toBeLessThanOrEqual(most);
    }),
  );
});
