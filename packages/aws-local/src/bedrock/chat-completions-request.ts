/** Converse requests as OpenAI chat completion requests. */
import { AwsError } from "../aws-error.ts";
import type { ContentBlock, ConverseRequest, Message } from "./converse-request.ts";

/** Builds the body. Always streams and asks for usage, so that there is one way to read an answer. */
export function chatRequest(model: string, request: ConverseRequest): Record<string, unknown> {
  const { inferenceConfig, toolConfig, system } = request;
  const systemText = system?.flatMap((block) => block.text ?? []).join("\n\n") ?? "";
  const tools = toolConfig?.tools.flatMap(({ toolSpec }) => toolSpec ?? []);
  return {
    model,
    stream: true,
    stream_options: { include_usage: true },
    messages: [
      ...(systemText === "" ? [] : [{ role: "system", content: systemText }]),
      ...request.messages.flatMap((message) =>
        message.role === "user" ? userMessages(message) : [assistant(message)],
      ),
    ],
    max_tokens: inferenceConfig?.maxTokens,
    temperature: inferenceConfig?.temperature,
    top_p: inferenceConfig?.topP,
    stop: inferenceConfig?.stopSequences?.length ? inferenceConfig.stopSequences : undefined,
    tools: tools?.map(({ name, description, inputSchema }) => ({
      type: "function",
      function: { name, description, parameters: inputSchema.json },
    })),
    tool_choice: toolChoice(toolConfig?.toolChoice),
  };
}

function toolChoice(choice: NonNullable<ConverseRequest["toolConfig"]>["toolChoice"]): unknown {
  if (choice?.tool) {
    return { type: "function", function: { name: choice.tool.name } };
  }
  return choice?.any ? "required" : undefined;
}

/** Tool results are messages of their own and come first. */
function userMessages({ content }: Message): unknown[] {
  const results = content.flatMap(({ toolResult }) => toolResult ?? []);
  const rest = content.filter((block) => !block.toolResult && !block.cachePoint);
  return [
    ...results.map((result) => ({
      role: "tool",
      tool_call_id: result.toolUseId,
      content: result.content.map((part) => part.text ?? JSON.stringify(part.json)).join("\n"),
    })),
    ...(rest.length > 0 ? [{ role: "user", content: rest.map(userPart) }] : []),
  ];
}

function userPart({ text, image, searchResult }: ContentBlock): unknown {
  if (text !== undefined) {
    return { type: "text", text };
  }
  if (image?.source.bytes !== undefined) {
    return {
      type: "image_url",
      image_url: { url: `data:image/${image.format};base64,${image.source.bytes}` },
    };
  }
  if (searchResult !== undefined) {
    return { type: "text", text: JSON.stringify(searchResult) };
  }
  throw new AwsError(
    "ValidationException",
    "With MODEL_URL only text, images, search results and tools are passed on.",
  );
}

function assistant({ content }: Message): unknown {
  const calls = content.flatMap(({ toolUse }) => toolUse ?? []);
  return {
    role: "assistant",
    content: content.flatMap((block) => block.text ?? []).join("") || null,
    ...(calls.length > 0
      ? {
          tool_calls: calls.map(({ toolUseId, name, input }) => ({
            id: toolUseId,
            type: "function",
            function: { name, arguments: JSON.stringify(input ?? {}) },
          })),
        }
      : {}),
  };
}
