/** A turn: one call of a tenant, from admission to settlement. */
export { checkPolicyModels } from "./check-policy-models.ts";
export { type ConverseBody, converseBody, parseConverseBody } from "./converse-body.ts";
export { type ConverseOperation, converse, saidIn } from "./converse-operation.ts";
export { countPrompt, type PromptCount } from "./count-prompt.ts";
export { embeddingPauses } from "./embedder.ts";
export { GrowingPauses } from "./growing-pauses.ts";
export { type GuardrailRequest, guardrail } from "./guardrail.ts";
export { putHistory } from "./history/put-history.ts";
export { historyBound, turnsBeforeRead } from "./history-bound.ts";
export { type DrawingAnswer, type DrawingRequest, drawing } from "./invoke/drawing.ts";
export { type EmbeddingAnswer, type EmbeddingRequest, embedding } from "./invoke/embedding.ts";
export { type InvocationRequest, invocation } from "./invoke/invocation.ts";
export { followLiveTurn } from "./live/follow-live-turn.ts";
export type {
  LiveEvents,
  LiveTurn,
  LiveTurnEnding,
  LiveTurnName,
  LiveTurnStore,
} from "./live/live-turn-store.ts";
export type { MessageParts } from "./live/message-parts.ts";
export { type LiveTurnParts, type LiveTurnReader, leaseMs, runLiveTurn } from "./live/run-live-turn.ts";
export type { Operation } from "./operation.ts";
export type { RecalledNotes, TurnMemory } from "./recall-memory.ts";
export { routeModel } from "./route-model.ts";
export { type FreeAnswer, type FreeCall, runFreeCall } from "./run-free-call.ts";
export { runTurn, runTurnStream } from "./run-turn.ts";
export { RunningTurns } from "./running-turns.ts";
export { HistorySearch, type HistorySearchParts } from "./search/history-search.ts";
export { KeptVectors, type KeptVectorsParts } from "./search/kept-vectors.ts";
export type { LikenessReport, TurnEmbeddings } from "./search/search-by-likeness.ts";
export { actorOf, actorOfEndUser, sessionKeyOf } from "./session-key.ts";
export type {
  TurnAnswer,
  TurnParts,
  TurnReport,
  TurnRequest,
  TurnStream,
  UnpricedCall,
} from "./turn-request.ts";
