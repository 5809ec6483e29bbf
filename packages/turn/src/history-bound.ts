/** How much of a session a turn reads, before its context is fitted from it. */
import { allModels } from "@caprock/inference";
import type { HistoryBound, SessionPast } from "@caprock/memory";
import { contextPolicyOf } from "./context-policy-of.ts";
import { routeModel } from "./route-model.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/**
 * Text takes three to five bytes a token; this leaves room for blanks and digits that a tokenizer joins, and for what JSON
 * escapes. Files take far more bytes for their tokens, but no request holds more of them than this either: with a window
 * of a million tokens it is 16 MB, and Bedrock takes 20 MB of a request (AWS: "Anthropic Claude Messages API, Request and
 * Response").
 */
const bytesPerToken = 16;

const largestWindowTokens = Math.max(...allModels.map((model) => model.contextWindowTokens));

/** The newest turns, for whatever model; what is older is in no window by itself, and is found by searching. */
export const historyBound: HistoryBound = {
  mostTurns: 200,
  mostBytes: largestWindowTokens * bytesPerToken,
};

/** A model may make fewer tokens of a text than it was counted as, by what calibration allows for; the rest is searched. */
const windowsRead = 2;
/** What most sessions have in all: a query of the table brings as much at once, and a search that is late has that alone. */
const leastTokens = 100_000;

/** No more than what the window of the call can hold, its fallback's included. */
export function historyBoundOf(
  request: TurnRequest<unknown, unknown>,
  { catalog, region }: Pick<TurnParts, "catalog" | "region">,
): HistoryBound {
  const { tenant } = request.caller;
  const { overBudget } = tenant.limits;
  const modelIds = [request.modelId, ...(overBudget.kind === "fall-back" ? [overBudget.modelId] : [])];
  const windows = modelIds.map((modelId) => {
    const route = routeModel(modelId, tenant, catalog, region);
    return "refused" in route ? 0 : route.model.contextWindowTokens;
  });
  const { windowTokens = Number.POSITIVE_INFINITY } = contextPolicyOf(request);
  const largest = Math.min(windowTokens, Math.max(...windows));
  return { ...historyBound, mostTokens: Math.max(leastTokens, largest * windowsRead) };
}

/** How many turns a session has before those that were read, at most: some may be deleted. */
export function turnsBeforeRead({ turns, isCut }: SessionPast): number {
  return isCut ? (turns.at(-1)?.sequence ?? 1) - 1 : 0;
}
