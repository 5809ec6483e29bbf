/** For tests: a body that each route of the tenant API accepts which reads one, with members of every kind. */
import type { Json } from "./admin-bodies.ts";

const model = "us.anthropic.claude-sonnet-4-6";
const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const onePixel =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const searchResult = { source: "kb/1", title: "Weather", content: [{ text: "It rains." }] };
const documents = [{ id: "kb/1", title: "Weather", text: "It rains." }];

const messages: Json = [
  {
    role: "user",
    content: [{ searchResult }, { text: "Hi" }, { image: { format: "png", source: { bytes: onePixel } } }],
  },
  { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "weather", input: { city: "Oslo" } } }] },
  {
    role: "user",
    content: [
      { toolResult: { toolUseId: "a", content: [{ text: "Rain" }, { json: {} }, { searchResult }] } },
    ],
  },
];
const toolConfig: Json = { tools: [{ toolSpec: { name: "weather", inputSchema: { json: schema } } }] };
const converse: Json = {
  system: [{ text: "Be brief." }, { cachePoint: { type: "default" } }],
  messages,
  inferenceConfig: { maxTokens: 20, temperature: 0.5, stopSequences: ["HALT"] },
  toolConfig,
};
const vendorBody: Json = {
  anthropic_version: "bedrock-2023-05-31",
  max_tokens: 20,
  system: "Be brief.",
  messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }],
};
const message: { readonly [name: string]: Json } = {
  model,
  system: [{ type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "5m" } }],
  messages: [
    {
      role: "user",
      content: [
        { type: "search_result", ...searchResult, content: [{ type: "text", text: "It rains." }] },
        { type: "text", text: "Hi" },
        { type: "image", source: { type: "base64", media_type: "image/png", data: onePixel } },
      ],
    },
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "weather", input: { city: "Oslo" } }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "a", content: "Rain" }] },
  ],
  tools: [{ name: "weather", input_schema: schema }],
};

/** By method and path as the app has them. */
export const tenantBodies: Readonly<Record<string, Json>> = {
  "POST /v1/chat/completions": {
    model,
    messages: [
      { role: "system", content: "Be brief." },
      {
        role: "user",
        content: [
          { type: "text", text: "Hi" },
          { type: "image_url", image_url: { url: `data:image/png;base64,${onePixel}` } },
        ],
      },
      {
        role: "assistant",
        tool_calls: [
          { id: "a", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
        ],
      },
      { role: "tool", tool_call_id: "a", content: "Rain" },
    ],
    tools: [{ type: "function", function: { name: "weather", parameters: schema } }],
    tool_choice: "auto",
    max_completion_tokens: 20,
    stop: ["HALT"],
    stream: true,
    stream_options: { include_usage: true },
    documents,
  },
  "POST /v1/responses": {
    model,
    instructions: "Be brief.",
    input: [
      { role: "user", content: [{ type: "input_text", text: "Hi" }] },
      { type: "function_call", call_id: "a", name: "weather", arguments: '{"city":"Oslo"}' },
      { type: "function_call_output", call_id: "a", output: "Rain" },
    ],
    tools: [{ type: "function", name: "weather", parameters: schema, strict: false }],
    max_output_tokens: 20,
    stream: true,
    store: false,
    documents,
  },
  "POST /v1/embeddings": { model: "amazon.titan-embed-text-v2:0", input: ["Hi"], dimensions: 256 },
  "POST /v1/images/generations": {
    model: "stability.stable-image-core-v1:1",
    prompt: "A hat",
    n: 1,
    response_format: "b64_json",
  },
  "POST /v1/images/edits": { prompt: "A hat" },
  "POST /v1/images/variations": { n: 1 },
  "POST /v1/messages": { ...message, max_tokens: 20, stream: true, stop_sequences: ["HALT"] },
  "POST /v1/messages/count_tokens": message,
  "POST /v1/tokens": { expiresInSeconds: 600 },
  "POST /v1/sessions": { id: "chat" },
  "POST /v1/sessions/:id/fork": {},
  "POST /model/:id{.+}/converse": converse,
  "POST /model/:id{.+}/converse-stream": converse,
  "POST /guardrail/:id{.+}/version/:version/apply": {
    source: "INPUT",
    content: [{ text: { text: "Hi", qualifiers: ["query"] } }],
  },
  "POST /model/:id{.+}/count-tokens": { input: { converse: { messages, toolConfig } } },
  "POST /model/:id{.+}/invoke": vendorBody,
  "POST /model/:id{.+}/invoke-with-response-stream": vendorBody,
};
