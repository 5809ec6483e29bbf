/** Takes an answer that came as the input of the answer tool out of it, so that it reads as the text it stands for. */
import type { TurnMessage } from "@caprock/memory";
import type { ConverseAnswer, ConverseAnswerBlock, ConverseStreamEvent } from "../converse-json.ts";
import { answerToolName } from "./answer-format.ts";

/** The answer with the tool's input as its text; what else was said around it is left out, as it is no JSON. */
export function unwrapAnswer(answer: ConverseAnswer): ConverseAnswer {
  const content = answer.output?.message?.content ?? [];
  const given = content.find(isAnswerCall);
  if (!given?.toolUse) {
    return answer;
  }
  const kept = content.filter((block) => block.text === undefined && !isAnswerCall(block));
  const callsOthers = kept.some((block) => block.toolUse);
  return {
    ...answer,
    output: { message: { content: [...kept, { text: JSON.stringify(given.toolUse.input ?? {}) }] } },
    stopReason: !callsOthers && answer.stopReason === "tool_use" ? "end_turn" : answer.stopReason,
  };
}

/** The same for the message as its session keeps it: nobody will ever answer the call of the answer tool. */
export function unwrapMessage(message: TurnMessage | undefined): TurnMessage | undefined {
  const given = message?.content.find(isAnswerCall) as ConverseAnswerBlock | undefined;
  if (!message || !given) {
    return message;
  }
  const kept = message.content.filter((block) => block.text === undefined && !isAnswerCall(block));
  return { ...message, content: [...kept, { text: JSON.stringify(given.toolUse?.input ?? {}) }] };
}

function isAnswerCall(block: Pick<ConverseAnswerBlock, "toolUse">): boolean {
  return block.toolUse?.name === answerToolName;
}

/**
 * The same for the events of a stream. Other text is held back until it is known that the tool is not called: the two
 * together would be no JSON. Use one for each answer.
 */
export class AnswerUnwrapper {
  private readonly heldBack: ConverseStreamEvent[] = [];
  private answerBlock: number | undefined;
  private calledOthers = false;

  /** The events to tell in place of `event`. */
  map(event: ConverseStreamEvent): readonly ConverseStreamEvent[] {
    const { contentBlockStart, contentBlockDelta, messageStop } = event;
    if (contentBlockStart?.start?.toolUse) {
      return this.mapToolStart(
        event,
        contentBlockStart.contentBlockIndex,
        contentBlockStart.start.toolUse.name,
      );
    }
    if (contentBlockDelta?.delta?.text !== undefined) {
      this.heldBack.push(event);
      return [];
    }
    if (contentBlockDelta?.delta?.toolUse && contentBlockDelta.contentBlockIndex === this.answerBlock) {
      const { contentBlockIndex, delta } = contentBlockDelta;
      return [{ contentBlockDelta: { contentBlockIndex, delta: { text: delta.toolUse?.input ?? "" } } }];
    }
    return messageStop ? this.mapStop(event, messageStop.stopReason) : [event];
  }

  private mapToolStart(
    event: ConverseStreamEvent,
    index: number,
    name: string,
  ): readonly ConverseStreamEvent[] {
    if (name !== answerToolName) {
      this.calledOthers = true;
      return [event];
    }
    // A second answer would not be one JSON text; its pieces name a block that nobody started.
    this.answerBlock ??= index;
    return [];
  }

  private mapStop(event: ConverseStreamEvent, stopReason: string): readonly ConverseStreamEvent[] {
    if (this.answerBlock === undefined) {
      return [...this.heldBack.splice(0), event];
    }
    return stopReason === "tool_use" && !this.calledOthers
      ? [{ messageStop: { stopReason: "end_turn" } }]
      : [event];
  }
}
