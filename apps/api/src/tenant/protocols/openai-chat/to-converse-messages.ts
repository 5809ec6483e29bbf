/** Maps the messages of a chat-completions request to Converse's: system texts apart, roles in turn. */
import type { Refusal } from "@caprock/domain";
import type { TurnMessage } from "@caprock/memory";
import type {
  ConverseBlock,
  ConverseMessage,
  TextBlock,
  ToolResultBlock,
  ToolUseBlock,
} from "../converse-json.ts";
import { refuseInvalid } from "../openai/refuse-invalid.ts";
import type { AssistantMessage, ChatMessage, ToolMessage, UserContent } from "./message-schema.ts";
import { toAssistantBlocks, toTextBlocks, toUserBlocks } from "./to-converse-blocks.ts";

export interface ConverseHistory {
  readonly system: readonly TextBlock[];
  readonly messages: readonly ConverseMessage[];
  /** Names of the tools that the assistant called in these messages. */
  readonly calledTools: ReadonlySet<string>;
}

/** What a tool that returned nothing is said to have returned: Converse refuses blank texts. */
const emptyToolOutput: TextBlock = { text: "(no output)" };

/**
 * Collects system and developer texts in order, wherever they stand, and merges neighbours of one role.
 * Refuses a message that is empty, an assistant's message in front of the first user's, and a tool message
 * that answers no call of the assistant's message before it. `placeOf` names a message as the caller's wire does. `earlier` is what was said
 * before, and kept on this side: its calls may be answered, and it is not repeated.
 */
export function toConverseMessages(
  messages: readonly ChatMessage[],
  placeOf: (index: number) => string = (index) => `messages[${index}]`,
  earlier: readonly TurnMessage[] = [],
): ConverseHistory | Refusal {
  const history = new History(earlier);
  for (const [index, message] of messages.entries()) {
    const refused = history.add(message, placeOf(index));
    if (refused) {
      return refused;
    }
  }
  return history.finish();
}

interface Turn {
  readonly role: ConverseMessage["role"];
  /** Results stand before everything else of a user's turn, as Bedrock asks. */
  readonly results: ToolResultBlock[];
  readonly blocks: ConverseBlock[];
}

class History {
  private readonly system: TextBlock[] = [];
  private readonly turns: Turn[] = [];
  private readonly calledTools = new Set<string>();
  /** Ids of the calls of the newest assistant turn, and whether they have their result. */
  private readonly calls = new Map<string, "open" | "answered">();

  constructor(earlier: readonly TurnMessage[]) {
    for (const { toolUseId } of earlier.at(-1)?.content.flatMap(callOf) ?? []) {
      this.calls.set(toolUseId, "open");
    }
  }

  /** Takes the next message; `at` names it in a refusal. */
  add(message: ChatMessage, at: string): Refusal | undefined {
    switch (message.role) {
      case "system":
      case "developer":
        append(this.system, toTextBlocks(message.content));
        return undefined;
      case "user":
        return this.addUser(message.content, at);
      case "assistant":
        return this.addAssistant(message, at);
      case "tool":
        return this.addToolResult(message, at);
    }
  }

  finish(): ConverseHistory | Refusal {
    if (this.turns.length === 0) {
      return refuseInvalid("messages", "`messages` holds no user message; it must hold one.");
    }
    const messages = this.turns.map(({ role, results, blocks }) => ({
      role,
      content: results.length > 0 ? [...results, ...blocks] : blocks,
    }));
    return { system: this.system, messages, calledTools: this.calledTools };
  }

  private addUser(content: UserContent, at: string): Refusal | undefined {
    const mapped = toUserBlocks(content, at);
    if ("refused" in mapped) {
      return mapped;
    }
    if (mapped.blocks.length === 0) {
      return refuseInvalid(`${at}.content`, `\`${at}.content\` is empty; it must hold text or an image.`);
    }
    append(this.turnOf("user").blocks, mapped.blocks);
    return undefined;
  }

  private addAssistant(message: AssistantMessage, at: string): Refusal | undefined {
    const mapped = toAssistantBlocks(message, at);
    if ("refused" in mapped) {
      return mapped;
    }
    if (mapped.blocks.length === 0) {
      return refuseInvalid(
        `${at}.content`,
        `\`${at}.content\` is empty; the message must hold text or tool calls.`,
      );
    }
    if (this.turns.length === 0) {
      return refuseInvalid(
        at,
        `\`${at}\` is the assistant's; the first message after the system's must be a user's.`,
      );
    }
    if (this.turns.at(-1)?.role === "user") {
      this.calls.clear();
    }
    append(this.turnOf("assistant").blocks, mapped.blocks);
    return this.noteCalls(mapped.blocks, at);
  }

  private noteCalls(blocks: readonly ConverseBlock[], at: string): Refusal | undefined {
    for (const block of blocks) {
      if ("toolUse" in block) {
        const { toolUseId, name } = block.toolUse;
        if (this.calls.has(toolUseId)) {
          return refuseInvalid(
            `${at}.tool_calls`,
            `\`${at}.tool_calls\` uses an id twice; each call needs its own.`,
          );
        }
        this.calls.set(toolUseId, "open");
        this.calledTools.add(name);
      }
    }
    return undefined;
  }

  private addToolResult(message: ToolMessage, at: string): Refusal | undefined {
    const { tool_call_id: toolUseId, content } = message;
    if (this.calls.get(toolUseId) !== "open") {
      const param = `${at}.tool_call_id`;
      return refuseInvalid(
        param,
        this.calls.has(toolUseId)
          ? `\`${param}\` names a call that was answered already; each call has one tool message.`
          : `\`${param}\` names no call of the assistant message before it.`,
      );
    }
    this.calls.set(toolUseId, "answered");
    const texts = toTextBlocks(content);
    const result = { toolUseId, content: texts.length > 0 ? texts : [emptyToolOutput] };
    this.turnOf("user").results.push({ toolResult: result });
    return undefined;
  }

  /** The newest turn if it is this role's, or else a new one. */
  private turnOf(role: Turn["role"]): Turn {
    const newest = this.turns.at(-1);
    if (newest?.role === role) {
      return newest;
    }
    const turn: Turn = { role, results: [], blocks: [] };
    this.turns.push(turn);
    return turn;
  }
}

function callOf({ toolUse }: TurnMessage["content"][number]): readonly ToolUseBlock["toolUse"][] {
  return toolUse ? [toolUse as ToolUseBlock["toolUse"]] : [];
}

/** Not `push(...items)`: a caller chooses how many there are, and arguments go on the stack. */
function append<Item>(target: Item[], items: readonly Item[]): void {
  for (const item of items) {
    target.push(item);
  }
}
