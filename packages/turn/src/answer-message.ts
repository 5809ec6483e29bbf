/** Puts the assistant's message together from the frames of a ConverseStream, for its session. */
import type { ConverseFrame } from "@caprock/inference";
import type { TurnMessage } from "@caprock/memory";

type Members = Record<string, unknown>;

/** Hears frames; `message` is complete when they are. What a delta of an unknown kind brings is left out. */
export class AnswerMessage {
  readonly #blocks = new Map<unknown, Members>();

  hear(frames: readonly ConverseFrame[]): void {
    for (const { type, event } of frames) {
      if (type === "contentBlockStart") {
        const { toolUse } = membersOf(event.start);
        if (toolUse !== undefined) {
          this.#blocks.set(event.contentBlockIndex, { toolUse: { ...membersOf(toolUse), input: "" } });
        }
      } else if (type === "contentBlockDelta") {
        const block = this.#blocks.get(event.contentBlockIndex) ?? {};
        this.#blocks.set(event.contentBlockIndex, grown(block, membersOf(event.delta)));
      }
    }
  }

  get message(): TurnMessage {
    return { role: "assistant", content: [...this.#blocks.values()].flatMap(finished) };
  }
}

function grown(block: Members, { text, toolUse, reasoningContent }: Members): Members {
  if (typeof text === "string") {
    return { text: `${block.text ?? ""}${text}` };
  }
  if (toolUse !== undefined) {
    const known = membersOf(block.toolUse);
    return { toolUse: { ...known, input: `${known.input ?? ""}${membersOf(toolUse).input ?? ""}` } };
  }
  const { redactedContent, ...told } = membersOf(reasoningContent);
  if (redactedContent !== undefined) {
    return { reasoningContent: { redactedContent } };
  }
  const known = membersOf(membersOf(block.reasoningContent).reasoningText);
  const signature = told.signature ?? known.signature;
  return reasoningContent === undefined
    ? block
    : {
        reasoningContent: {
          reasoningText: {
            text: `${known.text ?? ""}${told.text ?? ""}`,
            ...(signature === undefined ? {} : { signature }),
          },
        },
      };
}

/**
 * A tool's input comes as pieces of JSON; none at all stands for no arguments. A call that the answer's limit has cut
 * is left out: nobody can make it.
 */
function finished(block: Members): Members[] {
  if (block.toolUse === undefined) {
    // Nothing that is known came: Bedrock takes no empty block back.
    return Object.keys(block).length === 0 ? [] : [block];
  }
  const { input, ...rest } = membersOf(block.toolUse);
  try {
    return [{ toolUse: { ...rest, input: input === "" ? {} : JSON.parse(String(input)) } }];
  } catch {
    return [];
  }
}

function membersOf(value: unknown): Members {
  return typeof value === "object" && value !== null ? (value as Members) : {};
}
