/** The simulated model: says an answer in whole tokens, within max_tokens and up to a stop sequence. */
import { createHash } from "node:crypto";
import type { ConverseRequest } from "./converse-request.ts";
import type { ModelEvent, StopReason } from "./model-event.ts";
import { type AnswerBlock, simulateAnswer } from "./simulated-answer.ts";
import { countTokens, tokenize } from "./tokenize.ts";

const tokensPerEvent = 4;

/** Deterministic: the same request gives the same events. Cut by `maxTokens` they hold exactly so many tokens. */
export function* simulate(
  request: ConverseRequest,
  maxTokens: number,
  tellsReasoning: boolean,
): Generator<ModelEvent, void> {
  const blocks = simulateAnswer(request).filter(({ kind }) => tellsReasoning || kind !== "reasoning");
  const stopSequences = request.inferenceConfig?.stopSequences ?? [];
  let left = maxTokens;
  let stopReason: StopReason = blocks.some(({ kind }) => kind === "tool") ? "tool_use" : "end_turn";
  for (const [index, block] of blocks.entries()) {
    const text = saidBy(block, stopSequences);
    if (block.kind === "text" && text !== block.text) {
      stopReason = "stop_sequence";
    }
    if (block.kind === "tool" && left > 0) {
      const tokens = Math.min(countTokens(block.name), left);
      left -= tokens;
      yield { type: "toolStart", toolUseId: toolUseId(request, block, index), name: block.name, tokens };
    }
    const all = tokenize(text);
    const said = all.slice(0, left);
    left -= said.length;
    for (let from = 0; from < said.length; from += tokensPerEvent) {
      const piece = said.slice(from, from + tokensPerEvent);
      const tokens = piece.length;
      yield block.kind === "tool"
        ? { type: "toolInput", json: piece.join(""), tokens }
        : { type: block.kind, text: piece.join(""), tokens };
    }
    if (block.kind === "reasoning" && said.length > 0) {
      yield { type: "signature", signature: digest(["signature", said]) };
    }
    if (block.kind === "text" && block.citation && said.length > 0) {
      yield { type: "citation", citation: block.citation };
    }
    if (block.kind === "tool" || said.length > 0) {
      yield { type: "blockStop" };
    }
    if (said.length < all.length) {
      stopReason = "max_tokens";
      break;
    }
  }
  yield { type: "stop", stopReason };
}

/** Only what is said to the caller is searched for stop sequences. */
function saidBy(block: AnswerBlock, stopSequences: readonly string[]): string {
  switch (block.kind) {
    case "text":
      return beforeStop(block.text, stopSequences);
    case "reasoning":
      return block.text;
    case "tool":
      return JSON.stringify(block.input);
  }
}

/** The text up to the first stop sequence, which itself is not said. */
function beforeStop(text: string, stopSequences: readonly string[]): string {
  const found = stopSequences.map((sequence) => text.indexOf(sequence)).filter((at) => at >= 0);
  return found.length === 0 ? text : text.slice(0, Math.min(...found));
}

function toolUseId(request: ConverseRequest, block: AnswerBlock, index: number): string {
  const id = digest([request.messages, block, index]).replace(/[-_]/g, "0").slice(0, 22);
  return `tooluse_${id}`;
}

function digest(seed: unknown): string {
  return createHash("sha256").update(JSON.stringify(seed)).digest("base64url");
}
