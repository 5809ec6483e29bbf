/** For tests: one turn of a session, said by each wire's real SDK. */
import Anthropic from "@anthropic-ai/sdk";
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import OpenAI from "openai";

export const claude = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const png =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const pdf = "JVBERi0xLjQK";
const parameters = { type: "object" as const, properties: { city: { type: "string" } } };

/** Where the API is, and whose turn it is, in which session if any. */
export interface Place {
  readonly base: string;
  readonly apiKey: string;
  readonly session?: string;
}

/** What is said in a turn; the same on every wire. */
export interface Said {
  readonly text?: string;
  /** Of a tool's call, by its id. */
  readonly result?: string;
  readonly tools?: true;
  readonly image?: true;
  readonly pdf?: true;
  readonly model?: string;
}
export interface Told {
  readonly text: string;
  readonly callId: string | undefined;
}

const headersOf = ({ session }: Place) => (session === undefined ? {} : { "x-caprock-session": session });

async function askOpenAi(place: Place, { text = "", result, tools, ...said }: Said): Promise<Told> {
  const client = new OpenAI({ baseURL: `${place.base}/v1`, apiKey: place.apiKey, maxRetries: 0 });
  const answer = await client.chat.completions.create(
    {
      model: said.model ?? claude,
      messages: result
        ? [{ role: "tool", tool_call_id: result, content: "Rain." }]
        : [
            {
              role: "user",
              content: [
                { type: "text", text },
                ...(said.image
                  ? [{ type: "image_url" as const, image_url: { url: `data:image/png;base64,${png}` } }]
                  : []),
                ...(said.pdf
                  ? [{ type: "file" as const, file: { file_data: `data:application/pdf;base64,${pdf}` } }]
                  : []),
              ],
            },
          ],
      ...(tools && { tools: [{ type: "function", function: { name: "weather", parameters } }] }),
    },
    { headers: headersOf(place) },
  );
  const { content, tool_calls: calls } = answer.choices[0]?.message ?? {};
  return { text: content ?? "", callId: calls?.[0]?.id };
}

async function askAnthropic(place: Place, { text = "", result, tools, ...said }: Said): Promise<Told> {
  const client = new Anthropic({ baseURL: place.base, apiKey: place.apiKey, maxRetries: 0 });
  const { content } = await client.messages.create(
    {
      model: said.model ?? claude,
      max_tokens: 500,
      messages: [
        {
          role: "user",
          content: result
            ? [{ type: "tool_result", tool_use_id: result, content: "Rain." }]
            : [
                { type: "text", text },
                ...(said.image
                  ? [
                      {
                        type: "image" as const,
                        source: { type: "base64" as const, media_type: "image/png" as const, data: png },
                      },
                    ]
                  : []),
                ...(said.pdf
                  ? [
                      {
                        type: "document" as const,
                        source: {
                          type: "base64" as const,
                          media_type: "application/pdf" as const,
                          data: pdf,
                        },
                      },
                    ]
                  : []),
              ],
        },
      ],
      ...(tools && { tools: [{ name: "weather", input_schema: parameters }] }),
    },
    { headers: headersOf(place) },
  );
  return {
    text: content.map((block) => (block.type === "text" ? block.text : "")).join(""),
    callId: content.find((block) => block.type === "tool_use")?.id,
  };
}

/** The input of a Converse command. */
export function converseInput({ text = "", result, tools, image, pdf: document, model = claude }: Said) {
  const bytes = (data: string) => ({ bytes: Buffer.from(data, "base64") });
  return {
    modelId: model,
    messages: [
      {
        role: "user" as const,
        content: result
          ? [{ toolResult: { toolUseId: result, content: [{ text: "Rain." }] } }]
          : [
              { text },
              ...(image ? [{ image: { format: "png" as const, source: bytes(png) } }] : []),
              ...(document
                ? [{ document: { format: "pdf" as const, name: "report", source: bytes(pdf) } }]
                : []),
            ],
      },
    ],
    ...(tools && {
      toolConfig: { tools: [{ toolSpec: { name: "weather", inputSchema: { json: parameters } } }] },
    }),
  };
}

/** Names the session in every request. */
export function bedrockClient(place: Place): BedrockRuntimeClient {
  const client = new BedrockRuntimeClient({
    endpoint: place.base,
    region: "us-east-1",
    token: { token: place.apiKey },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts: 1,
  });
  client.middlewareStack.add(
    (next) => (args) => {
      Object.assign((args.request as { headers: object }).headers, headersOf(place));
      return next(args);
    },
    { step: "build" },
  );
  return client;
}

async function askConverse(place: Place, said: Said): Promise<Told> {
  const { output } = await bedrockClient(place).send(new ConverseCommand(converseInput(said)));
  const content = output?.message?.content ?? [];
  return {
    text: content.map((block) => block.text ?? "").join(""),
    callId: content.find((block) => block.toolUse)?.toolUse?.toolUseId,
  };
}

async function askConverseStream(place: Place, said: Said): Promise<Told> {
  const { stream = [] } = await bedrockClient(place).send(new ConverseStreamCommand(converseInput(said)));
  let text = "";
  let callId: string | undefined;
  for await (const { contentBlockDelta, contentBlockStart } of stream) {
    text += contentBlockDelta?.delta?.text ?? "";
    callId ??= contentBlockStart?.start?.toolUse?.toolUseId;
  }
  return { text, callId };
}

/** Each wire by its name, and what says a turn on it. */
export const wires = [
  ["chat completions", askOpenAi],
  ["Messages", askAnthropic],
  ["Converse", askConverse],
  ["ConverseStream", askConverseStream],
] as const;
