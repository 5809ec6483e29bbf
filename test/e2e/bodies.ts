/** Bodies for the tenant API's inference routes: good ones, and every way to spoil them. */
import fc from "fast-check";

export const model = "amazon.nova-lite-v1:0";
const secretPrompt = "The launch code is 7-ocelot-9.";
export const chatPath = "/v1/chat/completions";
export const conversePath = `/model/${encodeURIComponent(model)}/converse`;
export const streamPath = `${conversePath}-stream`;
const messagesPath = "/v1/messages";
const countTokensPath = "/v1/messages/count_tokens";
export const chat = { model, max_tokens: 20, messages: [{ role: "user", content: secretPrompt }] };
export const converse = {
  messages: [{ role: "user", content: [{ text: secretPrompt }] }],
  inferenceConfig: { maxTokens: 20 },
};

/** The routes that ask a model. */
export const inference = [chatPath, conversePath, streamPath];

/** A Messages body with a block of every kind that may be spoiled. */
const messages = {
  model,
  system: [{ type: "text", text: "s", cache_control: { type: "ephemeral", ttl: "5m" } }],
  messages: [
    { role: "user", content: secretPrompt },
    { role: "assistant", content: [{ type: "tool_use", id: "1", name: "f", input: {} }] },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "1", content: [{ type: "text", text: "r" }] },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } },
      ],
    },
  ],
  tools: [{ name: "f", input_schema: { type: "object" } }],
  tool_choice: { type: "auto" },
  output_config: { effort: "low", format: { type: "json_schema", schema: { type: "object" } } },
  context_management: { edits: [] },
};

const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    "",
    "auto",
    "user",
    "assistant",
    "system",
    "tool",
    0,
    -1,
    1e308,
    true,
    [],
    {},
    "\ud800",
  ),
  fc.jsonValue({ maxDepth: 3 }),
);
const bases = [
  [
    chatPath,
    {
      ...chat,
      stop: ["x"],
      stream_options: { include_usage: true },
      tools: [{ type: "function", function: { name: "f", parameters: { type: "object" } } }],
    },
  ],
  [
    chatPath,
    {
      ...chat,
      stream: true,
      messages: [
        { role: "system", content: "s" },
        { role: "user", content: [{ type: "text", text: "t" }] },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "1", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "1", content: "r" },
      ],
      tools: [{ type: "function", function: { name: "f" } }],
    },
  ],
  [
    conversePath,
    {
      ...converse,
      system: [{ text: "s" }],
      toolConfig: {
        tools: [{ toolSpec: { name: "f", inputSchema: { json: { type: "object" } } } }],
        toolChoice: { auto: {} },
      },
    },
  ],
  [
    streamPath,
    {
      ...converse,
      messages: [
        ...converse.messages,
        { role: "assistant", content: [{ text: "a" }] },
        { role: "user", content: [{ image: { format: "png", source: { bytes: "AAAA" } } }] },
      ],
      serviceTier: { type: "default" },
      requestMetadata: { a: "b" },
    },
  ],
  [messagesPath, { ...messages, max_tokens: 20, stop_sequences: ["x"], metadata: { user_id: "u" } }],
  [messagesPath, { ...messages, max_tokens: 20, stream: true, thinking: { type: "adaptive" } }],
  [countTokensPath, messages],
] as const;
/** A valid body with one place in it replaced or, for `undefined`, removed. */
const mutated = fc
  .record({ base: fc.constantFrom(...bases), at: fc.nat(), value: fc.oneof(leaf, fc.constant(undefined)) })
  .map(({ base: [path, body], at, value }) => {
    const copy = structuredClone(body) as object;
    const places = placesIn(copy);
    const [parent, name] = places[at % places.length]!;
    (parent as Record<string, unknown>)[name] = value;
    return { path, body: copy as unknown };
  });
const arbitrary = fc.record({
  path: fc.constantFrom(...inference, messagesPath, countTokensPath),
  body: fc.jsonValue() as fc.Arbitrary<unknown>,
});

/** A call with a body that was valid before one place in it changed, or with any JSON at all. */
export const randomCalls = fc.oneof({ weight: 4, arbitrary: mutated }, { weight: 1, arbitrary });

/** Every member of every object and array within `value`, as the holder and the name. */
function placesIn(value: object): [object, string][] {
  return Object.entries(value).flatMap(([name, member]): [object, string][] => [
    [value, name],
    ...(typeof member === "object" && member !== null ? placesIn(member as object) : []),
  ]);
}
