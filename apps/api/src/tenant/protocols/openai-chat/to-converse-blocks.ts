/** Maps what one chat message holds to Converse blocks. */
import type { Refusal } from "@caprock/domain";
import type { ConverseBlock, TextBlock } from "../converse-json.ts";
import { readFileData } from "../openai/read-file-data.ts";
import { readImageUrl } from "../openai/read-image-url.ts";
import { readToolArguments } from "../openai/read-tool-arguments.ts";
import type { AssistantMessage, ChatMessage, UserContent } from "./message-schema.ts";

type Blocks = { readonly blocks: readonly ConverseBlock[] };
type TextContent = Extract<ChatMessage, { role: "system" | "developer" | "tool" }>["content"];

/** The texts of a content that holds nothing else. Blank ones are left out: Converse refuses them. */
export function toTextBlocks(content: TextContent): TextBlock[] {
  return textBlocks(typeof content === "string" ? [content] : content.map((part) => part.text));
}

/** A user's texts and images; `at` names the message in refusals. */
export function toUserBlocks(content: UserContent, at: string): Blocks | Refusal {
  if (typeof content === "string") {
    return { blocks: textBlocks([content]) };
  }
  const blocks: ConverseBlock[] = [];
  for (const [index, part] of content.entries()) {
    if (part.type === "text") {
      if (!isBlank(part.text)) {
        blocks.push({ text: part.text });
      }
      continue;
    }
    const place = `${at}.content[${index}]`;
    const media =
      part.type === "file"
        ? readFileData(part.file, `${place}.file`, documentNumber(at, index))
        : readImageUrl(part.image_url.url, place);
    if ("refused" in media) {
      return media;
    }
    blocks.push(media);
  }
  return { blocks };
}

/** Its own for each part of a request: Bedrock takes no two documents of one name. */
function documentNumber(at: string, index: number): number {
  return Number(/\d+/.exec(at)?.[0] ?? 0) * 1_000 + index + 1;
}

/** An assistant's texts, refusals among them, and then its tool calls; `at` names the message in refusals. */
export function toAssistantBlocks(message: AssistantMessage, at: string): Blocks | Refusal {
  const { content, refusal: refusalText, tool_calls: calls } = message;
  const texts =
    typeof content === "string"
      ? [content]
      : (content ?? []).map((part) => (part.type === "text" ? part.text : part.refusal));
  const blocks: ConverseBlock[] = textBlocks(refusalText ? [...texts, refusalText] : texts);
  for (const [index, call] of (calls ?? []).entries()) {
    const input = readToolArguments(call.function.arguments, `${at}.tool_calls[${index}].function.arguments`);
    if ("refused" in input) {
      return input;
    }
    blocks.push({ toolUse: { toolUseId: call.id, name: call.function.name, input: input.value } });
  }
  return { blocks };
}

function textBlocks(texts: readonly string[]): TextBlock[] {
  return texts.filter((text) => !isBlank(text)).map((text) => ({ text }));
}

function isBlank(text: string): boolean {
  return !/\S/.test(text);
}
