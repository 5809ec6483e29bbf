/** Finds out whether a session needs a summary of its older turns, and of which. */
import {
  createTokenCounter,
  defaultShares,
  MessageMeasures,
  planSummary,
  type SummaryPlan,
} from "@caprock/context";
import type { SessionSummary, SessionTurn, TurnMessage } from "@caprock/memory";
import type { AdmittedTurn } from "./admit.ts";
import { chatRoomOf, windowTokensOf } from "./chat-room.ts";
import { contextPolicyOf, recallShareOf } from "./context-policy-of.ts";
import { historyBound } from "./history-bound.ts";
import { routeModel } from "./route-model.ts";
import { historyOf, toSummary } from "./session-history.ts";
import { type SummariserOptions, summariserModelOf } from "./summariser.ts";
import { recallCounts } from "./turn-count.ts";
import type { TurnParts } from "./turn-request.ts";

/** Of what a window gives to history it keeps at least this part when it moves on (see `fit`). */
const steadyPart = 0.75;
/** Summarising begins when what no summary covers takes this part of that, and goes on until it takes the other. */
export const beginsAt = 0.8;
export const goesOnTo = 0.4;
/** So that no more turns are uncovered than a turn reads, however short they are. */
const mostUncoveredTurns = historyBound.mostTurns / 2;
const mostSummaryTokens = 1_000;
const leastSummaryTokens = 50;
const mostChunkTokens = 8_000;
/** What one model counts as a token may count as two to the other's estimate. */
const margin = 2;

export interface SessionSummaryPlanner {
  /** What to summarise next of these turns, oldest first; undefined while nothing is due. `at` is a part of the window. */
  next(
    turns: readonly SessionTurn[],
    summary: SessionSummary | undefined,
    at: number,
  ): SummaryPlan<TurnMessage> | undefined;
  readonly summariser: Omit<SummariserOptions, "ask">;
}

/**
 * Plans for the window that the turn was fitted into: what no summary covers is to stay within the part of it that is never
 * cut, so that nothing is forgotten before it is summarised. Undefined where the policy gives summaries no room worth a call.
 */
export function planSessionSummary(
  turn: AdmittedTurn,
  { catalog, region, calibration }: Pick<TurnParts, "catalog" | "region" | "calibration">,
): SessionSummaryPlanner | undefined {
  const { request, route } = turn;
  const policy = contextPolicyOf(request);
  const roomTokens = chatRoomOf(turn);
  const share = policy.summaryShare ?? defaultShares.summary;
  const maxSummaryTokens = Math.min(mostSummaryTokens, Math.floor((roomTokens * share) / margin));
  const modelId = summariserModelOf(request, route, catalog);
  const by = routeModel(modelId, request.caller.tenant, catalog, region);
  if (maxSummaryTokens < leastSummaryTokens || "refused" in by) {
    return undefined;
  }
  const factor = route.model.tokenizerFactor * calibration.correctionOf(route.model.id);
  const measures = new MessageMeasures();
  const counter = createTokenCounter({ factor, measures });
  const windowTokens = windowTokensOf(turn, by.model);
  const mostPartTokens = windowTokens / margin - maxSummaryTokens;
  const chunkTokens = Math.min(mostChunkTokens, mostPartTokens);
  const remembered = (policy.memoriesShare ?? defaultShares.memories) + defaultShares.preferences;
  const others = share + (policy.documentsShare ?? 0) + (policy.memory ? remembered : 0);
  const steadyTokens = roomTokens * Math.max(0, 1 - others) * (1 - (recallShareOf(policy) ?? 0)) * steadyPart;
  return {
    next(turns, summary, at) {
      recallCounts(turns, measures);
      const { messages, ids } = historyOf(turns);
      const uncovered = turns.filter(({ sequence }) => sequence > (summary?.throughSequence ?? 0));
      const uncoveredTokens = uncovered
        .flatMap((turn) => turn.messages)
        .reduce((sum, message) => sum + counter.message(message), 0);
      return planSummary(messages, ids, summary && toSummary(summary), {
        historyTokens:
          uncovered.length > mostUncoveredTurns ? Math.min(steadyTokens, uncoveredTokens) : steadyTokens,
        counter,
        at,
        keep: goesOnTo,
        chunkTokens,
      });
    },
    summariser: { modelId, model: by.model, windowTokens, maxSummaryTokens, chunkTokens, mostPartTokens },
  };
}
