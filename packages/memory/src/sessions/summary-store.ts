/** Where sessions keep the summaries of what is older: one for each session, made by one process at a time. */
import type { SessionKey } from "../long-term/session-turn.ts";

/** What was said in a session up to and including one message, in fewer words. */
export interface SessionSummary {
  readonly text: string;
  /** The turn, and the message in it counted from 0, up to which it was shown everything. */
  readonly throughSequence: number;
  readonly throughMessage: number;
  /** When the oldest turn that it was shown was said: a summary is not kept longer than what it tells of. */
  readonly oldestAtMs: number;
}

/** The right to make a session's next summary. It ends by `keepSummary`, `releaseSummary` or `postponeSummary`, or when its time is over. */
export interface SummaryClaim {
  readonly session: SessionKey;
  readonly claimId: string;
  readonly incarnation: string;
  /** The summary to go on from. */
  readonly previous: SessionSummary | undefined;
  /** How often making it has failed since one was kept. */
  readonly failures: number;
}

/**
 * A summary goes with its session, and with each turn of it that is deleted, whether it was shown that turn or not; so does
 * the right to make one. Whoever reads turns after a claim therefore keeps nothing of what was deleted meanwhile.
 */
export interface SummaryStore {
  /** Undefined for none, and for one that has expired. */
  findSummary(session: SessionKey): Promise<SessionSummary | undefined>;
  /** Undefined while another's claim stands, and where there is no such session. `claimId` is used once. */
  claimSummary(session: SessionKey, claimId: string, untilMs: number): Promise<SummaryClaim | undefined>;
  /** Replaces the summary. False when the claim has ended, by its time and another's claim or by a deletion; then nothing is kept. */
  keepSummary(claim: SummaryClaim, summary: SessionSummary): Promise<boolean>;
  /** Gives up a claim; the summary stays as it was. */
  releaseSummary(claim: SummaryClaim): Promise<void>;
  /** Gives up a claim whose summary could not be made: until then nobody has the next, which tells of one failure more. */
  postponeSummary(claim: SummaryClaim, untilMs: number): Promise<void>;
}
