/** Memory that lasts: what was said, kept beyond a model's window. */
export { CaprockError, type Refusal } from "@caprock/domain";
export { describeRecall, noteOf, preferenceOf } from "./long-term/describe-recall.ts";
export { type EventBill, type EventMeter, unmetered } from "./long-term/event-meter.ts";
export type { EventPart, TurnData } from "./long-term/event-parts.ts";
export { type ForgetParts, type ForgetScope, forget } from "./long-term/forget.ts";
export { type IngestParts, type IngestReport, ingestSession } from "./long-term/ingest-session.ts";
export type { IngestionMark, IngestionMarks } from "./long-term/ingestion-marks.ts";
export { eventsPerSecond, IngestionPace, type PaceParts } from "./long-term/ingestion-pace.ts";
export {
  enqueueIngestion,
  type IngestionJob,
  type IngestionQueue,
  type ReceivedJob,
  readJob,
} from "./long-term/ingestion-queue.ts";
export {
  type IngestionJobsParts,
  type IngestionReport,
  type IngestionRoundParts,
  ingestionRound,
  ingestJobs,
  type RepairParts,
  repairLost,
} from "./long-term/ingestion-round.ts";
export type {
  ForgetReport,
  FoundRecord,
  LongTermMemory,
  MemoryEvent,
  MemoryRecord,
  NewEvent,
  PreferenceWish,
  RecordSearch,
} from "./long-term/long-term-memory.ts";
export { recordKinds, type StrategyName } from "./long-term/memory-strategies.ts";
export { readInTime } from "./long-term/read-in-time.ts";
export {
  type Recall,
  type Recalled,
  type RecallOptions,
  type RecallPart,
  type RecallParts,
  recall,
} from "./long-term/recall.ts";
export type {
  SessionKey,
  SessionTurn,
  TurnCount,
  TurnMessage,
  TurnSource,
} from "./long-term/session-turn.ts";
export { type ExportedItem, exportActor } from "./sessions/export-actor.ts";
export {
  type ForgetMemoryParts,
  type ForgetProof,
  forgetMemory,
  type LongTermParts,
} from "./sessions/forget-memory.ts";
export { type ForkParts, forkSession, sessionNotFound } from "./sessions/fork-session.ts";
export type {
  HistoryBound,
  Session,
  SessionPage,
  SessionPast,
  SessionStore,
  StoredCounts,
  TurnClaim,
} from "./sessions/session-store.ts";
export type { SessionSummary, SummaryClaim, SummaryStore } from "./sessions/summary-store.ts";
export type { TurnBodies } from "./sessions/turn-bodies.ts";
export {
  type MessageVector,
  mostVectorsOfTurn,
  type SessionPlace,
  type TurnVectors,
  type VectorStore,
} from "./sessions/vector-store.ts";
