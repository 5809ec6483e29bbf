/** For tests: runs a turn, whole or streamed, to its end or failure. */
import type { Refusal } from "@caprock/domain";
import type { ConverseFrame } from "@caprock/inference";
import { runTurn, runTurnStream } from "../run-turn.ts";
import type { TurnParts, TurnRequest, TurnStream } from "../turn-request.ts";

/** The answer; throws when it is a refusal. */
export function served<T extends object>(answer: T | Refusal): T {
  if ("refused" in answer) {
    throw new Error(`refused: ${answer.refused.message}`);
  }
  return answer;
}

async function readAll({ frames }: TurnStream): Promise<ConverseFrame[]> {
  const all: ConverseFrame[] = [];
  for await (const batch of frames) {
    all.push(...batch);
  }
  return all;
}

export async function runToEnd(
  how: "whole" | "stream",
  request: TurnRequest,
  parts: TurnParts,
): Promise<unknown> {
  return how === "whole"
    ? served(await runTurn(request, parts))
    : readAll(served(await runTurnStream(request, parts)));
}
