/** Maps the events of a ConverseStream, one by one, to the events of a Messages stream. */
import { noTokens } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";
import { sseEvent } from "../../../http/server-sent-events.ts";
import { type ConverseCitation, toCitation } from "./citations.ts";
import { type Stop, toStop } from "./stop-reason.ts";
import { textBlock, toolUseBlock } from "./to-content.ts";
import { type MessageOrigin, messageId } from "./to-message.ts";
import { toDeltaUsage, toUsage } from "./to-usage.ts";
import type { Block } from "./translation.ts";

/** What is said in a silence. */
export const ping = sseEvent({ type: "ping" }, "ping");

interface Delta {
  readonly text?: string;
  readonly toolUse?: { readonly input?: string };
  readonly reasoningContent?: {
    readonly text?: string;
    readonly signature?: string;
    readonly redactedContent?: string;
  };
  readonly citation?: ConverseCitation;
}

/**
 * The state of one stream; use one for each answer. Converse announces only tool calls, so other blocks begin with their
 * first delta. Blocks are numbered anew: one that this wire leaves out leaves no gap.
 */
export class EventMapper {
  private readonly origin: MessageOrigin;
  private readonly promptTokens: number;
  private blocks = 0;
  private isOpen = false;
  private stop: Stop | undefined;

  /** `promptTokens` is Caprock's estimate of the prompt. */
  constructor(origin: MessageOrigin, promptTokens: number) {
    this.origin = origin;
    this.promptTokens = promptTokens;
  }

  /** The text of the events that tell the caller of a frame; empty where this wire has nothing to tell. */
  map(type: string, event: JsonObject): string {
    switch (type) {
      case "messageStart":
        return this.start();
      case "contentBlockStart": {
        const { toolUse } = (event.start ?? {}) as { toolUse?: { toolUseId: string; name: string } };
        return toolUse ? this.open(toolUseBlock(toolUse)) : "";
      }
      case "contentBlockDelta":
        return this.delta((event.delta ?? {}) as Delta);
      case "contentBlockStop":
        return this.close();
      case "messageStop":
        this.stop = toStop(
          String(event.stopReason),
          event.additionalModelResponseFields,
          this.origin.stopSequences,
        );
        return "";
      case "metadata":
        return this.finish(event);
      default:
        return "";
    }
  }

  /**
   * Bedrock tells usage at the end alone, but Anthropic's first event has that of the prompt: it is Caprock's estimate, and
   * the true figures, cache and all, stand in message_delta, whose usage readers take in its place. They do not take the
   * cache's lifetimes from there, so that these are unknown here, not zero.
   */
  private start(): string {
    const message = {
      id: messageId(this.origin.requestId),
      type: "message",
      role: "assistant",
      model: this.origin.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      stop_details: null,
      container: null,
      usage: {
        ...toDeltaUsage({ ...noTokens, input: this.promptTokens }),
        cache_creation: null,
        service_tier: null,
        inference_geo: null,
        speed: null,
      },
    };
    return named({ type: "message_start", message });
  }

  private delta({ text, toolUse, reasoningContent, citation }: Delta): string {
    if (text !== undefined) {
      return this.say(textBlock(""), { type: "text_delta", text });
    }
    if (toolUse) {
      return this.isOpen ? this.say({}, { type: "input_json_delta", partial_json: toolUse.input ?? "" }) : "";
    }
    if (reasoningContent?.redactedContent !== undefined) {
      return this.open({ type: "redacted_thinking", data: reasoningContent.redactedContent });
    }
    const thinking = { type: "thinking", thinking: "", signature: "" };
    if (reasoningContent?.text !== undefined) {
      return this.say(thinking, { type: "thinking_delta", thinking: reasoningContent.text });
    }
    if (reasoningContent?.signature !== undefined) {
      return this.say(thinking, { type: "signature_delta", signature: reasoningContent.signature });
    }
    const cited = citation && toCitation(citation, this.origin.documentTitles);
    return cited ? this.say(textBlock(""), { type: "citations_delta", citation: cited }) : "";
  }

  /** A delta of the open block, which `block` begins where none is. */
  private say(block: Block, delta: Block): string {
    const opened = this.isOpen ? "" : this.open(block);
    return opened + named({ type: "content_block_delta", index: this.blocks - 1, delta });
  }

  private open(block: Block): string {
    const closed = this.close();
    this.isOpen = true;
    this.blocks += 1;
    return closed + named({ type: "content_block_start", index: this.blocks - 1, content_block: block });
  }

  private close(): string {
    if (!this.isOpen) {
      return "";
    }
    this.isOpen = false;
    return named({ type: "content_block_stop", index: this.blocks - 1 });
  }

  private finish(metadata: JsonObject): string {
    const { service_tier: _, inference_geo: __, speed: ___, ...usage } = toUsage(metadata);
    const delta = { ...(this.stop ?? toStop("end_turn", undefined, [])), container: null };
    return this.close() + named({ type: "message_delta", delta, usage }) + named({ type: "message_stop" });
  }
}

function named(event: { readonly type: string; readonly [member: string]: unknown }): string {
  return sseEvent(event, event.type);
}
