import fc from "fast-check";
import { expect, test } from "vitest";
import { parseMessages } from "./request.ts";
import { fromConverse } from "./testing/from-converse.ts";
import { claude } from "./testing/models.ts";
import { toConverse } from "./to-converse.ts";

const said = fc.string({ minLength: 1 }).map((text) => `${text}.`);
const base64 = fc.uint8Array({ minLength: 1 }).map((bytes) => Buffer.from(bytes).toString("base64"));
const index = fc.nat(9);

const citation = fc.oneof(
  fc.record({
    type: fc.constant("page_location"),
    cited_text: said,
    document_index: index,
    document_title: said,
    start_page_number: index,
    end_page_number: index,
  }),
  fc.record({
    type: fc.constant("search_result_location"),
    cited_text: said,
    search_result_index: index,
    source: said,
    title: said,
    start_block_index: index,
    end_block_index: index,
  }),
);
const plainText = fc.record({ type: fc.constant("text"), text: said });
const text = fc.oneof(
  plainText,
  fc.record({
    type: fc.constant("text"),
    text: said,
    citations: fc.array(citation, { minLength: 1, maxLength: 2 }),
  }),
);
const image = fc.record({
  type: fc.constant("image"),
  source: fc.record({
    type: fc.constant("base64"),
    media_type: fc.constantFrom("image/png", "image/jpeg", "image/gif", "image/webp"),
    data: base64,
  }),
});
const source = fc.oneof(
  fc.record({ type: fc.constant("base64"), media_type: fc.constant("application/pdf"), data: base64 }),
  fc.record({ type: fc.constant("text"), media_type: fc.constant("text/plain"), data: said }),
  fc.record({ type: fc.constant("content"), content: fc.array(plainText, { minLength: 1, maxLength: 2 }) }),
);
const citations = fc.record({ enabled: fc.boolean() });
const document = fc.record(
  { type: fc.constant("document"), source, title: fc.string(), context: said, citations },
  { requiredKeys: ["type", "source"] },
);
const searchResult = fc.record(
  {
    type: fc.constant("search_result"),
    source: said,
    title: said,
    content: fc.array(plainText, { minLength: 1, maxLength: 2 }),
    citations,
  },
  { requiredKeys: ["type", "source", "title", "content"] },
);
const id = fc.stringMatching(/^[a-zA-Z0-9_-]{1,8}$/);
/** As JSON says it, which knows no -0. */
const input = fc
  .dictionary(said, fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 })
  .map((value) => JSON.parse(JSON.stringify(value)));
const result = fc.record(
  {
    type: fc.constant("tool_result"),
    tool_use_id: id,
    content: fc.array(fc.oneof(plainText, image, document, searchResult), { minLength: 1, maxLength: 3 }),
    is_error: fc.constant(true),
  },
  { requiredKeys: ["type", "tool_use_id", "content"] },
);
const userBlock = fc.oneof(plainText, image, document, searchResult, result);
const assistantBlock = fc.oneof(
  text,
  fc.record({ type: fc.constant("tool_use"), id, name: id, input }),
  fc.record({ type: fc.constant("thinking"), thinking: fc.string(), signature: fc.string() }),
  fc.record({ type: fc.constant("redacted_thinking"), data: base64 }),
);
const tool = fc.record(
  { name: id, description: said, input_schema: input, strict: fc.boolean() },
  { requiredKeys: ["name", "input_schema"] },
);

/** Up to four of the places get a cache_control: first those for an hour, then those for five minutes. */
const controls = fc.record({
  at: fc.uniqueArray(fc.nat(30), { maxLength: 4 }),
  hours: fc.nat(4),
});

const request = fc
  .record({
    // Without any, a history with calls would get definitions of them that nobody sent.
    tools: fc.uniqueArray(tool, { minLength: 1, maxLength: 3, selector: ({ name }) => name }),
    system: fc.array(plainText, { maxLength: 3 }),
    exchanges: fc.array(
      fc.tuple(
        fc.array(userBlock, { minLength: 1, maxLength: 3 }),
        fc.array(assistantBlock, { minLength: 1, maxLength: 3 }),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    members: fc.record(
      {
        temperature: fc.double({ min: 0, max: 1, noNaN: true }),
        top_p: fc.double({ min: 0, max: 1, noNaN: true }),
        top_k: fc.nat(100),
        stop_sequences: fc.array(said, { minLength: 1, maxLength: 4 }),
        thinking: fc.constantFrom(
          { type: "adaptive" },
          { type: "enabled", budget_tokens: 5 },
          { type: "disabled" },
        ),
        output_config: fc.record(
          {
            effort: fc.constantFrom("low", "max"),
            format: fc.record({ type: fc.constant("json_schema"), schema: input }),
          },
          { requiredKeys: ["effort"] },
        ),
        service_tier: fc.constant("standard_only"),
        metadata: fc.constant({ user_id: "user-1" }),
      },
      { requiredKeys: [] },
    ),
    max_tokens: fc.integer({ min: 1, max: 1_000 }),
    controls,
  })
  .map(({ tools, system, exchanges, members, max_tokens, controls: { at, hours } }) => {
    const messages = exchanges.flatMap(([user, assistant]) => [
      { role: "user", content: user as object[] },
      { role: "assistant", content: assistant as object[] },
    ]);
    let place = 0;
    let set = 0;
    const controlled = <Item extends object>(item: Item): Item => {
      const takesNone = "type" in item && ["thinking", "redacted_thinking"].includes(String(item.type));
      if (takesNone || !at.includes(place++)) {
        return item;
      }
      const ttl = set++ < hours ? { ttl: "1h" } : {};
      return { ...item, cache_control: { type: "ephemeral", ...ttl } };
    };
    return {
      tools: tools.map(controlled),
      ...(system.length > 0 && { system: system.map(controlled) }),
      messages: messages.map(({ role, content }) => ({ role, content: content.map(controlled) })),
      max_tokens,
      ...members,
    };
  });

function translated(body: unknown) {
  const parsed = parseMessages(body);
  return "refused" in parsed
    ? parsed
    : toConverse(parsed.request, { model: claude, streamed: false, betas: [] });
}

test("a request with every documented member goes to Converse and back without loss: blocks, order, cache points, TTLs", () => {
  fc.assert(
    fc.property(request, (asked) => {
      const there = translated({ model: "m", ...asked });
      expect(there).not.toHaveProperty("refused");
      if (!("refused" in there)) {
        expect(fromConverse(there.body, there.documentTitles)).toEqual(asked);
      }
    }),
    { numRuns: 200 },
  );
});

test("whatever a body holds, it is translated or refused with a code, and never fails", () => {
  const anything = fc.jsonValue({ maxDepth: 4 });
  const damaged = fc.tuple(request, fc.string(), anything).map(([asked, name, value]) => {
    const names = Object.keys(asked);
    const at = names[name.length % names.length] ?? name;
    return { model: "m", ...asked, [at]: value };
  });
  fc.assert(
    fc.property(fc.oneof(damaged, anything), (body) => {
      const there = translated(body);
      if ("refused" in there) {
        expect(there.refused.code).toMatch(/^(invalid_request|unsupported_parameter|unsupported_by_model)$/);
        expect(there.refused.message.length).toBeLessThan(400);
      }
    }),
    { numRuns: 500 },
  );
});
