/** Maps a Messages request to the Converse body that asks for the same of a given model. */
import type { Refusal } from "@caprock/domain";
import { type AnswerFormat, withAnswerFormat } from "../answer-format/answer-format.ts";
import type { Translated, TranslateFor } from "../translated-operation.ts";
import type { ContentBlock } from "./block-schema.ts";
import { checkCachePoints } from "./cache-control.ts";
import type { MessagesPrompt, MessagesRequest } from "./request.ts";
import { toBlocks, toSystemBlocks } from "./to-converse-blocks.ts";
import { toModelFields } from "./to-model-fields.ts";
import { toToolConfig } from "./to-tool-config.ts";
import { type Block, Translation } from "./translation.ts";

export interface TranslateOptions extends Pick<TranslateFor, "model" | "streamed"> {
  /** Beta features that Claude is told. */
  readonly betas: readonly string[];
}

type Request = MessagesPrompt & Partial<MessagesRequest>;

/**
 * The body for `request`, or why there is none. Neighbours of one role become one message, as Anthropic reads them; every
 * block keeps its place, and every cache_control its place and its TTL.
 */
export function toConverse(
  request: Request,
  { model, streamed, betas }: TranslateOptions,
): (Required<Translated> & { readonly body: Block }) | Refusal {
  const translation = new Translation(model);
  const calledTools = new Set<string>();
  for (const { content } of request.messages) {
    for (const block of content) {
      if (block.type === "tool_use") {
        calledTools.add(block.name);
      }
    }
  }
  if (request.context_management) {
    translation.warn("context_management is left out: the conversation is read whole");
  }
  const tools = toToolConfig(request, calledTools, translation);
  if ("refused" in tools) {
    return tools;
  }
  const own = toModelFields(request, betas, translation);
  if ("refused" in own) {
    return own;
  }
  const system = toSystemBlocks(request.system ?? [], translation);
  const messages = toMessages(request, translation);
  const wrong = checkCachePoints([
    ...(tools.toolConfig?.tools ?? []),
    ...system,
    ...messages.flatMap(({ content }) => content),
  ]);
  if (wrong) {
    return wrong;
  }
  const fields = { ...own.fields, ...tools.fields };
  const plain = {
    messages,
    ...(system.length > 0 && { system }),
    ...(tools.toolConfig && { toolConfig: tools.toolConfig }),
    ...toInferenceConfig(request),
    ...(Object.keys(fields).length > 0 && { additionalModelRequestFields: fields }),
    ...toServiceMembers(request, translation),
  };
  const formatted = withAnswerFormat(plain, toAnswerFormat(request), {
    model,
    streamed,
    mayCallTools: (request.tools ?? []).length > 0 && request.tool_choice?.type !== "none",
    param: request.output_config?.format ? "output_config.format" : "output_format",
    // Claude's own rules for schemas are those of this wire, and a forced tool would keep it from thinking.
    asWritten: translation.isClaude,
  });
  if ("refused" in formatted) {
    return formatted;
  }
  return { ...formatted, warnings: translation.warnings, documentTitles: translation.documentTitles };
}

function toMessages(request: Request, translation: Translation) {
  const messages: { readonly role: string; readonly content: Block[] }[] = [];
  for (const [index, { role, content }] of request.messages.entries()) {
    const isLast = index === request.messages.length - 1;
    const all = toBlocks(isLast ? withLastControl(content, request.cache_control) : content, translation);
    const newest = messages.at(-1);
    const blocks = role === "system" ? withoutCachePoints(all, newest, translation) : all;
    if (newest?.role === role) {
      for (const block of blocks) {
        newest.content.push(block);
      }
    } else {
      messages.push({ role, content: blocks });
    }
  }
  return messages;
}

/**
 * A system message in mid-conversation holds words and tools, as far as AWS documents it. So its cache point ends the
 * message before it, and what was said until then is cached.
 */
function withoutCachePoints(
  blocks: readonly Block[],
  before: { readonly role: string; readonly content: Block[] } | undefined,
  translation: Translation,
): Block[] {
  const point = blocks.findLast(({ cachePoint }) => cachePoint !== undefined);
  if (point !== undefined) {
    translation.warn("cache_control in a system message caches what stands before that message");
    if (before && before.role !== "system" && before.content.at(-1)?.cachePoint === undefined) {
      before.content.push(point);
    }
  }
  return blocks.filter(({ cachePoint }) => cachePoint === undefined);
}

/** A cache_control of the whole request is one on its last block, unless that has its own. */
function withLastControl(
  content: readonly ContentBlock[],
  control: MessagesPrompt["cache_control"],
): readonly ContentBlock[] {
  const last = content.at(-1);
  return control && last && last.type !== "thinking" && last.type !== "redacted_thinking"
    ? [...content.slice(0, -1), { ...last, cache_control: last.cache_control ?? control }]
    : content;
}

function toInferenceConfig(request: Request): Block {
  const { max_tokens: maxTokens, temperature, top_p: topP, stop_sequences: stops } = request;
  const inferenceConfig = {
    ...(maxTokens !== undefined && { maxTokens }),
    ...(typeof temperature === "number" && { temperature }),
    ...(typeof topP === "number" && { topP }),
    ...(stops && stops.length > 0 && { stopSequences: stops }),
  };
  return Object.keys(inferenceConfig).length > 0 ? { inferenceConfig } : {};
}

function toAnswerFormat({ output_config: output, output_format: older }: Request): AnswerFormat {
  const format = output?.format ?? older;
  return format ? { ...format, name: "answer" } : { type: "text" };
}

/** What Bedrock's request metadata may hold. (API reference, Converse.) */
const metadataValue = /^[a-zA-Z0-9\s:_@$#=/+,.-]{1,256}$/;

function toServiceMembers(request: Request, translation: Translation): Block {
  const { service_tier: tier, metadata, stop_sequences: stops } = request;
  const user = metadata?.user_id;
  if (user && !metadataValue.test(user)) {
    translation.warn("metadata.user_id is left out: Bedrock's request metadata cannot hold it");
  }
  return {
    ...(tier === "standard_only" && { serviceTier: { type: "default" } }),
    ...(user && metadataValue.test(user) && { requestMetadata: { user_id: user } }),
    // Converse itself does not tell which sequence stopped the answer; Claude's own answer does.
    ...(translation.isClaude &&
      stops &&
      stops.length > 0 && { additionalModelResponseFieldPaths: ["/stop_sequence"] }),
  };
}
