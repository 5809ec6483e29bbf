/** What fits in a model's window, and how. Pure: no I/O, no clock, no randomness. */
export type { ChatMessage, ContentBlock, ConversePrompt, ToolConfig } from "./converse.ts";
export { cutTextMarker } from "./cut-middle.ts";
export { type FitOptions, type FitReport, type Fitted, fit } from "./fit.ts";
export { type BodyMedia, type MeasuredBody, measureBody } from "./measure-body.ts";
export type { ConversationIndex } from "./relevance/conversation-index.ts";
export type { ConversationMessage, Timestamp } from "./relevance/message.ts";
export { prepare } from "./relevance/prepare.ts";
export type { Vector } from "./relevance/rank.ts";
export { type Question, type SelectOptions, select } from "./relevance/select.ts";
export { omittedJsonMarker } from "./shorten.ts";
export { type ConverseBody, tokenCeiling } from "./token-ceiling.ts";
export { createTokenCounter, type TokenCounter } from "./token-counter.ts";
