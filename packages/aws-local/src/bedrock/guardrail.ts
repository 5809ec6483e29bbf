/**
 * ApplyGuardrail, simulated: every guardrail there is has every policy but reasoning, and steps in where a text says
 * `[[blocked]]`. Its usage is counted as AWS bills it: text units of 1,000 characters, for each policy.
 */
import { z } from "zod";
import { AwsError, sendError } from "../aws-error.ts";
import type { Exchange } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import { newId, nowMs } from "../system.ts";
import type { Witness } from "../witness.ts";
import { blockedMark, blockedText, guardrailUsage, servedUnits, textUnitsOf } from "./guardrail-usage.ts";
import { parseBody } from "./validate.ts";

export const guardrailPath = "/guardrail/";
const path = /^\/guardrail\/([^/]+)\/version\/([^/]+)\/apply$/;

const applyRequest = z.object({
  source: z.enum(["INPUT", "OUTPUT"]),
  content: z.array(
    z.object({ text: z.object({ text: z.string() }).optional(), image: z.unknown().optional() }),
  ),
});

export function serveGuardrail(
  exchange: Exchange,
  parts: { readonly faults: Faults; readonly witness: Witness },
): void {
  const requestId = newId();
  try {
    if (exchange.method !== "POST" || !path.test(exchange.path)) {
      throw new AwsError("UnknownOperationException", "aws-local serves ApplyGuardrail.");
    }
    const { content } = parseBody(applyRequest, exchange.body);
    const fault = parts.faults.takeBedrock("ApplyGuardrail", undefined);
    if (fault) {
      throw new AwsError(
        fault.name ?? "InternalServerException",
        "The system encountered an unexpected error.",
      );
    }
    const texts = content.flatMap(({ text }) => text?.text ?? []);
    const units = textUnitsOf(texts);
    const images = content.filter(({ image }) => image !== undefined).length;
    parts.witness.served({
      requestId,
      operation: "ApplyGuardrail",
      modelId: "amazon.bedrock-guardrails",
      requestMetadata: {},
      usage: { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 0 },
      units: servedUnits(units, images),
      status: "completed",
      startedAtMs: nowMs(),
    });
    exchange.sendJson(200, answerOf(texts, units, images), { "x-amzn-requestid": requestId });
  } catch (error) {
    sendError(exchange, error, requestId);
  }
}

function answerOf(texts: readonly string[], units: number, images: number): object {
  const blocked = texts.some((text) => text.includes(blockedMark));
  return {
    usage: guardrailUsage(units, images),
    action: blocked ? "GUARDRAIL_INTERVENED" : "NONE",
    actionReason: blocked ? "[simulated by aws-local] The text holds [[blocked]]." : "No action.",
    outputs: blocked ? [{ text: blockedText }] : [],
    assessments: [],
  };
}
