/**
 * A guardrail around a Converse call. Only its trace tells what it is billed, so Caprock asks for the trace, and takes it out
 * of the answer again for who did not.
 */

import type { ConverseFrame, JsonObject } from "@caprock/inference";
import { addUnits, type UnitCounts } from "@caprock/metering";
import { z } from "zod";
import type { ConverseBody } from "./converse-body.ts";
import { guardrailUsage, mostUnits, textUnitsOf, unitsOf } from "./guardrail-units.ts";

/**
 * No vocabulary that is published has a longer token (the longest of o200k are runs of 128 spaces). A streamed answer is
 * looked at in pieces, each of a token at least, and AWS does not say whether pieces are billed together.
 */
const charactersOfToken = 128;

const assessment = z.object({
  invocationMetrics: z.object({ usage: guardrailUsage.optional() }).optional(),
});

/** GuardrailTraceAssessment (Bedrock Runtime API reference). */
const guardrailTrace = z.object({
  inputAssessment: z.record(z.string(), assessment).optional(),
  outputAssessments: z.record(z.string(), z.array(assessment)).optional(),
});

const config = z.looseObject({ trace: z.string().optional() });

/** The guardrail of a request; undefined where there is none. */
export function guardOf(body: ConverseBody): GuardedConverse | undefined {
  return body.guardrailConfig === undefined ? undefined : new GuardedConverse(body);
}

export class GuardedConverse {
  /** What the prompt can be billed as, at most: all its texts, whether the guardrail looks at them or not. */
  readonly promptUnits: UnitCounts;
  private readonly isTraceWanted: boolean;

  constructor({ messages, system = [], guardrailConfig }: ConverseBody) {
    const found = { texts: 0, images: 0 };
    measure([...system, ...messages.flatMap(({ content }) => content)], found);
    this.promptUnits = mostUnits(found.texts, found.images);
    this.isTraceWanted = (config.safeParse(guardrailConfig).data?.trace ?? "disabled") !== "disabled";
  }

  /** What prompt and answer can be billed as, at most. */
  mostUnits(maxOutputTokens: number, streamed: boolean): UnitCounts {
    const ofAnswer = streamed ? maxOutputTokens : Math.ceil((maxOutputTokens * charactersOfToken) / 1_000);
    return addUnits(this.promptUnits, mostUnits(ofAnswer, 0));
  }

  /** The request with the trace asked for. */
  traced(body: ConverseBody): ConverseBody {
    return this.isTraceWanted
      ? body
      : { ...body, guardrailConfig: { ...Object(body.guardrailConfig), trace: "enabled" } };
  }

  /** What an answer, or the last event of a stream, tells to be billed; undefined where it tells nothing. */
  unitsOf(answer: JsonObject): UnitCounts | undefined {
    const trace = guardrailTrace.safeParse(Object(answer.trace).guardrail);
    const { inputAssessment = {}, outputAssessments = {} } = trace.data ?? {};
    let sum: UnitCounts | undefined;
    for (const { invocationMetrics } of [
      ...Object.values(inputAssessment),
      ...Object.values(outputAssessments).flat(),
    ]) {
      sum = invocationMetrics?.usage ? addUnits(sum ?? {}, unitsOf(invocationMetrics.usage)) : sum;
    }
    return sum;
  }

  /** The answer as its caller asked for it. */
  shown(answer: JsonObject): JsonObject {
    if (this.isTraceWanted || answer.trace === undefined) {
      return answer;
    }
    const { trace, ...rest } = answer;
    const { guardrail: _, ...others } = Object(trace) as JsonObject;
    return Object.keys(others).length === 0 ? rest : { ...rest, trace: others };
  }

  /** The frames as their caller asked for them. */
  shownFrames(frames: readonly ConverseFrame[]): readonly ConverseFrame[] {
    return frames.map((frame) => {
      const event = this.shown(frame.event);
      return event === frame.event ? frame : { type: frame.type, event };
    });
  }
}

/** Counts texts and images wherever they stand in blocks: in guarded content, and in results of tools and searches too. */
function measure(value: unknown, found: { texts: number; images: number }): void {
  if (Array.isArray(value)) {
    for (const part of value) {
      measure(part, found);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [name, part] of Object.entries(value)) {
      if (name === "image") {
        found.images += 1;
      } else if (typeof part === "string") {
        found.texts += textUnitsOf(part);
      } else {
        measure(part, found);
      }
    }
  }
}
