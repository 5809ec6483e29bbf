/** Writes a Responses request as the chat-completions request that asks for the same: from there on both go one way. */
import type { ChatMessage, UserContent } from "../openai-chat/message-schema.ts";
import type { ChatCompletionRequest } from "../openai-chat/request.ts";
import type { InputItem, InputPart } from "./item-schema.ts";
import type { ResponseRequest } from "./request.ts";

export interface ChatForm {
  readonly request: ChatCompletionRequest;
  /** Where the caller wrote each message. */
  readonly placeOf: (index: number) => string;
  readonly warnings: readonly string[];
}

/** `input` is that of the request with its references resolved. */
export function toChat(request: ResponseRequest, input: string | readonly InputItem[]): ChatForm {
  const { instructions, tools, tool_choice: choice, text, reasoning } = request;
  const messages: ChatMessage[] = [];
  const places: string[] = [];
  const add = (message: ChatMessage, place: string) => {
    messages.push(message);
    places.push(place);
  };
  let dropsReasoning = false;
  if (instructions) {
    add({ role: "system", content: instructions }, "instructions");
  }
  if (typeof input === "string") {
    add({ role: "user", content: input }, "input");
  } else {
    for (const [index, item] of input.entries()) {
      if (item.type === "reasoning") {
        dropsReasoning = true;
      } else {
        add(toMessage(item), `input[${index}]`);
      }
    }
  }
  return {
    request: {
      model: request.model,
      messages,
      tools: tools?.map(({ type, ...declared }) => ({ type, function: declared })),
      tool_choice:
        typeof choice === "object" && choice ? { type: "function", function: { name: choice.name } } : choice,
      response_format: toResponseFormat(text?.format),
      reasoning_effort: reasoning?.effort,
      service_tier: request.service_tier,
      documents: request.documents,
      max_completion_tokens: request.max_output_tokens,
      temperature: request.temperature,
      top_p: request.top_p,
    },
    placeOf: (index) => places[index] ?? "input",
    warnings: dropsReasoning
      ? ["reasoning items are ignored: Bedrock takes them back only with their signature"]
      : [],
  };
}

function toMessage(item: Exclude<InputItem, { type: "reasoning" }>): ChatMessage {
  switch (item.type) {
    case "function_call":
      return {
        role: "assistant",
        tool_calls: [
          { type: "function", id: item.call_id, function: { name: item.name, arguments: item.arguments } },
        ],
      };
    case "function_call_output": {
      const { output } = item;
      const content =
        typeof output === "string" ? output : output.map(({ text }) => ({ type: "text" as const, text }));
      return { role: "tool", tool_call_id: item.call_id, content };
    }
    case "message": {
      const { role, content } = item;
      if (role === "user") {
        return { role, content: typeof content === "string" ? content : content.map(toUserPart) };
      }
      const texts = typeof content === "string" ? content : content.flatMap(toTextPart);
      return { role, content: texts };
    }
  }
}

function toUserPart(part: InputPart): Exclude<UserContent, string>[number] {
  switch (part.type) {
    case "input_image":
      // An image by the id of a file is refused where its address is read: it has none.
      return { type: "image_url", image_url: { url: part.image_url ?? "" } };
    case "input_file": {
      const { type, ...file } = part;
      return { type: "file", file };
    }
    case "refusal":
      return { type: "text", text: part.refusal };
    default:
      return { type: "text", text: part.text };
  }
}

/** Images and files of others than the user have no place in Converse. */
function toTextPart(part: InputPart): { readonly type: "text"; readonly text: string }[] {
  if (part.type === "input_image" || part.type === "input_file") {
    return [];
  }
  return [{ type: "text", text: part.type === "refusal" ? part.refusal : part.text }];
}

function toResponseFormat(
  format: NonNullable<ResponseRequest["text"]>["format"],
): ChatCompletionRequest["response_format"] {
  if (format?.type !== "json_schema") {
    return format;
  }
  const { type, ...schema } = format;
  return { type, json_schema: schema };
}
