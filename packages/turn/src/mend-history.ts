/** Makes a session's history one that Bedrock takes, whatever was deleted, given up or asked without tools since. */
import type { TurnMessage } from "@caprock/memory";

type Block = TurnMessage["content"][number];
type Next = { readonly content: readonly object[] } | undefined;

/**
 * Bedrock refuses a tool's call that the next message does not answer, a result without its call, and either of them in a
 * request that names no tools (Converse, tool use): one turn deleted, or one call given up, would close the session for
 * good. Such blocks become text that says what they were; everything else stays as it is. `next` is the request's first
 * message, which may answer the history's last calls.
 */
export function mendHistory(
  history: readonly TurnMessage[],
  next: Next,
  hasTools: boolean,
): readonly TurnMessage[] {
  return history.map((message, index) => {
    const answers = idsOf(index + 1 < history.length ? history[index + 1] : next, "toolResult");
    const calls = idsOf(history[index - 1], "toolUse");
    const isLast = index === history.length - 1;
    const canCall = hasTools || (isLast && answers.size > 0);
    const content = message.content.map((block) => mended(block, { answers, calls, canCall, hasTools }));
    const isAsItWas = content.every((block, at) => block === message.content[at]);
    // Reasoning belongs to calls; beside what only tells of them it has no place.
    return isAsItWas
      ? message
      : { ...message, content: content.filter((block) => !("reasoningContent" in block)) };
  });
}

interface Around {
  /** Calls that the message after has results of. */
  readonly answers: ReadonlySet<unknown>;
  /** Calls that the message before makes. */
  readonly calls: ReadonlySet<unknown>;
  readonly canCall: boolean;
  readonly hasTools: boolean;
}

function mended(block: Block, { answers, calls, canCall, hasTools }: Around): Block {
  if (block.toolUse !== undefined) {
    const { toolUseId, name, input } = membersOf(block.toolUse);
    if (answers.has(toolUseId)) {
      return canCall ? block : { text: `[Called the tool ${name} with ${JSON.stringify(input ?? {})}.]` };
    }
    return { text: `[Called the tool ${name}; there was no answer.]` };
  }
  if (block.toolResult !== undefined) {
    const { toolUseId, content } = membersOf(block.toolResult);
    if (calls.has(toolUseId)) {
      return hasTools ? block : { text: `[The tool answered: ${textOf(content)}]` };
    }
    return { text: "[A tool's answer, whose call is no longer kept.]" };
  }
  return block;
}

function textOf(content: unknown): string {
  const blocks = Array.isArray(content) ? content.map(membersOf) : [];
  return blocks
    .map(({ text, json }) =>
      typeof text === "string" ? text : json === undefined ? "(no text)" : JSON.stringify(json),
    )
    .join("\n");
}

function idsOf(message: Next, kind: "toolUse" | "toolResult"): ReadonlySet<unknown> {
  const blocks = (message?.content ?? []).map(membersOf);
  return new Set(blocks.flatMap(({ [kind]: named }) => (named ? [membersOf(named).toolUseId] : [])));
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
