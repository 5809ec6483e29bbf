/** What fits in a model's window, and how. Pure: no I/O, no clock, no randomness. */
export { CaprockError, type Refusal } from "@caprock/domain";
export type { CachePointOptions } from "./cache-points.ts";
export { ChatIndex, type MessageOrigin } from "./chat-index.ts";
export { type ClearToolResults, clearedResultMarker } from "./clear-tool-results.ts";
export type { ChatMessage, ContentBlock, ConversePrompt, Role, ToolConfig } from "./converse.ts";
export { cutTextMarker } from "./cut-middle.ts";
export { defaultShares, type FitOptions, type Fitted, fit, type Shares } from "./fit.ts";
export type { Recall } from "./fit-history.ts";
export type { FitInput, Note, SourceDocument, Summary } from "./fit-input.ts";
export type { Change, DocumentFates, FitReport } from "./fit-report.ts";
export { type BodyMedia, type MeasuredBody, measureBody } from "./measure-body.ts";
export {
  type MessageMeasure,
  MessageMeasures,
  measureEdition,
  measureMessage,
  tokensIn,
} from "./message-measure.ts";
export type { ModelLimits } from "./model-limits.ts";
export type { RankPassages } from "./pack-documents.ts";
export type { DocumentForm } from "./question-documents.ts";
export { quoted } from "./quoted-text.ts";
export { type FoundTurn, type Retrieve, textOf } from "./recall-turns.ts";
export {
  type ConversationIndex,
  estimateIndexBytes,
  type IndexedMessage,
} from "./relevance/conversation-index.ts";
export type { Vector } from "./relevance/likeness.ts";
export type { ConversationMessage, Timestamp } from "./relevance/message.ts";
export { prepare } from "./relevance/prepare.ts";
export { quantiseVector } from "./relevance/quantise-vector.ts";
export { rankByQuestion } from "./relevance/rank-passages.ts";
export { type Question, type SelectOptions, select } from "./relevance/select.ts";
export { type ChatVectors, retrieveRelevant, type SearchedPart } from "./retrieve-relevant.ts";
export { omittedJsonMarker } from "./shorten.ts";
export { coveredTurns } from "./summarise/covered-turns.ts";
export {
  planSummary,
  type SummaryChunk,
  type SummaryPlan,
  type SummaryPlanOptions,
} from "./summarise/plan-summary.ts";
export { type Summariser, type SummaryResult, summarise } from "./summarise/summarise.ts";
export { TokenCalibration, type TokenObservation } from "./token-calibration.ts";
export { type ConverseBody, tokenCeiling } from "./token-ceiling.ts";
export { createTokenCounter, type TokenCounter } from "./token-counter.ts";
