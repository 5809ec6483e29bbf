/**
 * A guardrail around a chat, simulated: it looks at what the user says and, once it is complete, at the answer. It steps in
 * where the user says `[[blocked]]`, and in the answer where the user says `[[blocked-answer]]`.
 */
import type { ServedUnits } from "../witness.ts";
import type { ConverseRequest } from "./converse-request.ts";
import { blockedMark, blockedText, guardrailUsage, servedUnits, textUnitsOf } from "./guardrail-usage.ts";
import type { ModelEvent } from "./model-event.ts";

const blockedAnswerMark = "[[blocked-answer]]";

export class GuardedChat {
  readonly blocksPrompt: boolean;
  readonly blocksAnswer: boolean;
  private readonly config: NonNullable<ConverseRequest["guardrailConfig"]>;
  private readonly promptUnits: number;
  private answerUnits = 0;
  private text = "";

  constructor(config: NonNullable<ConverseRequest["guardrailConfig"]>, { messages }: ConverseRequest) {
    const said = messages
      .filter(({ role }) => role === "user")
      .flatMap(({ content }) => content.flatMap(({ text }) => text ?? []));
    this.config = config;
    this.promptUnits = textUnitsOf(said);
    this.blocksPrompt = said.some((text) => text.includes(blockedMark));
    this.blocksAnswer = said.some((text) => text.includes(blockedAnswerMark));
  }

  /** The units of what has been looked at so far. */
  get units(): ServedUnits {
    return servedUnits(this.promptUnits + this.answerUnits, 0);
  }

  /** The model's events as the caller gets them. A blocked answer was made, and is billed, but not shown. */
  async *guard(events: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
    let tokens = 0;
    for await (const event of events) {
      tokens += "tokens" in event ? event.tokens : 0;
      this.text += event.type === "text" ? event.text : "";
      if (event.type === "stop") {
        this.answerUnits = textUnitsOf([this.text]);
      }
      if (!this.blocksAnswer) {
        yield event;
      }
    }
    if (this.blocksAnswer) {
      yield* blocked(tokens);
    }
  }

  /** The trace, where it was asked for. */
  trace(): { readonly trace?: { readonly guardrail: object } } {
    const { guardrailIdentifier, trace = "disabled" } = this.config;
    if (trace === "disabled") {
      return {};
    }
    const answer = { [guardrailIdentifier]: [assessmentOf(this.answerUnits)] };
    return {
      trace: {
        guardrail: {
          inputAssessment: { [guardrailIdentifier]: assessmentOf(this.promptUnits) },
          ...(this.blocksPrompt ? {} : { outputAssessments: answer }),
          actionReason: "[simulated by aws-local]",
        },
      },
    };
  }
}

/** What stands for a text that is not to be seen. */
export async function* blocked(tokens: number): AsyncGenerator<ModelEvent> {
  yield { type: "text", text: blockedText, tokens };
  yield { type: "blockStop" };
  yield { type: "stop", stopReason: "guardrail_intervened" };
}

function assessmentOf(units: number): object {
  return {
    invocationMetrics: { guardrailProcessingLatency: 1, usage: guardrailUsage(units, 0) },
  };
}
