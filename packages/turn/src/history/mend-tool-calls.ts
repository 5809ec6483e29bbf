/** Makes a session's tool calls ones that Bedrock takes, whatever was deleted, given up or asked without tools since. */
import type { TurnMessage } from "@caprock/memory";
import { type ContentBlock, membersOf } from "./content-block.ts";

type Said = { readonly content: readonly object[] } | undefined;

/**
 * Bedrock refuses a tool's call that the next message does not answer, a result without its call, and either of them in a
 * request that names no tools (Converse, tool use): one turn deleted, or one call given up, would close the session for
 * good. Such blocks become text that says what they were; everything else stays as it is. `next` is the request's first
 * message, which may answer the history's last calls.
 */
export function mendToolCalls(
  history: readonly TurnMessage[],
  next: Said,
  hasTools: boolean,
): readonly TurnMessage[] {
  return history.map((message, index) => {
    const answers = idsOf(index + 1 < history.length ? history[index + 1] : next, "toolResult");
    const calls = idsOf(history[index - 1], "toolUse");
    const content = message.content.flatMap((block) => mended(block, { answers, calls, hasTools }));
    const isAsItWas = content.every((block, at) => block === message.content[at]);
    if (isAsItWas || content.some(({ toolUse }) => toolUse !== undefined)) {
      return isAsItWas ? message : { ...message, content };
    }
    // Reasoning belongs to calls; beside what only tells of them it has no place.
    return { ...message, content: content.filter((block) => !("reasoningContent" in block)) };
  });
}

/** The results of a request that names no tools, in words, as `mendToolCalls` has the calls that they answer. */
export function resultsInWords(content: readonly ContentBlock[]): readonly ContentBlock[] {
  return content.flatMap((block) => (block.toolResult === undefined ? block : inWords(block.toolResult)));
}

/** The calls that a request answers although the message before it does not make them. */
export function strayResults(before: Said, next: Said): readonly unknown[] {
  const calls = idsOf(before, "toolUse");
  return [...idsOf(next, "toolResult")].filter((id) => !calls.has(id));
}

interface Around {
  /** Calls that the message after has results of. */
  readonly answers: ReadonlySet<unknown>;
  /** Calls that the message before makes. */
  readonly calls: ReadonlySet<unknown>;
  readonly hasTools: boolean;
}

function mended(block: ContentBlock, { answers, calls, hasTools }: Around): readonly ContentBlock[] {
  if (block.toolUse !== undefined) {
    const { toolUseId, name, input } = membersOf(block.toolUse);
    if (answers.has(toolUseId)) {
      return [hasTools ? block : { text: `[Called the tool ${name} with ${JSON.stringify(input ?? {})}.]` }];
    }
    return [{ text: `[Called the tool ${name}; there was no answer.]` }];
  }
  if (block.toolResult !== undefined) {
    const { toolUseId } = membersOf(block.toolResult);
    if (calls.has(toolUseId)) {
      return hasTools ? [block] : inWords(block.toolResult);
    }
    return [{ text: "[A tool's answer, whose call is no longer kept.]" }];
  }
  return [block];
}

/** What a tool answered; pictures and documents among it stay what they are. */
function inWords(toolResult: unknown): readonly ContentBlock[] {
  const { content, status } = membersOf(toolResult);
  const parts = Array.isArray(content) ? content.map(membersOf) : [];
  const words = parts.flatMap(({ text, json }) =>
    typeof text === "string" ? [text] : json === undefined ? [] : [JSON.stringify(json)],
  );
  const said = words.length === 0 ? "(no text)" : words.join("\n");
  const media = parts.filter(({ text, json }) => text === undefined && json === undefined);
  return [{ text: `[The tool ${status === "error" ? "failed" : "answered"}: ${said}]` }, ...media];
}

function idsOf(message: Said, kind: "toolUse" | "toolResult"): ReadonlySet<unknown> {
  const blocks = (message?.content ?? []).map(membersOf);
  return new Set(blocks.flatMap(({ [kind]: named }) => (named ? [membersOf(named).toolUseId] : [])));
}
