/** Writes what a stored response was asked with as OpenAI's input items. */
import type { TurnMessage } from "@caprock/memory";
import type { ConverseBlock } from "../converse-json.ts";

export type StoredItem = { readonly id: string; readonly type: string } & Readonly<Record<string, unknown>>;

/** One item for each message, and one for each call and each result, in the order in which they were said. */
export function toInputItems(messages: readonly TurnMessage[], requestId: string): StoredItem[] {
  const items: StoredItem[] = [];
  const add = (type: string, members: object) =>
    items.push({ id: `in_${requestId}_${items.length}`, type, ...members });
  for (const { role, content } of messages) {
    const blocks = content as unknown as readonly ConverseBlock[];
    const parts = blocks.flatMap((block) => toPart(block, role));
    for (const block of blocks) {
      if ("toolResult" in block) {
        const { toolUseId, content: said } = block.toolResult;
        const output = said.map(({ text }) => text).join("");
        add("function_call_output", { call_id: toolUseId, output, status: "completed" });
      }
    }
    if (parts.length > 0) {
      add("message", { role, status: "completed", content: parts });
    }
    for (const block of blocks) {
      if ("toolUse" in block) {
        const { toolUseId, name, input } = block.toolUse;
        const args = JSON.stringify(input);
        add("function_call", { call_id: toolUseId, name, arguments: args, status: "completed" });
      }
    }
  }
  return items;
}

function toPart(block: ConverseBlock, role: TurnMessage["role"]): object[] {
  if ("text" in block) {
    return role === "user"
      ? [{ type: "input_text", text: block.text }]
      : [{ type: "output_text", text: block.text, annotations: [], logprobs: [] }];
  }
  if ("image" in block) {
    const { format, source } = block.image;
    const url = `data:image/${format};base64,${source.bytes}`;
    return [{ type: "input_image", image_url: url, detail: "auto", file_id: null }];
  }
  return "document" in block ? [{ type: "input_file", filename: block.document.name }] : [];
}
