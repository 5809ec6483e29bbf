/** What is remembered of an actor, for a question: within a deadline and a token budget, and never at a turn's expense. */
import { CaprockError, inTime, late, type TenantId, type Timer } from "@caprock/domain";
import { lineOf, recallFrame } from "./describe-recall.ts";
import type { FoundRecord, LongTermMemory, MemoryRecord } from "./long-term-memory.ts";
import type { StrategyName } from "./memory-strategies.ts";
import { sessionNamespaces } from "./namespaces.ts";
import { type TurnSource, textOf } from "./session-turn.ts";

export interface RecallOptions {
  readonly deadlineMs: number;
  readonly budgetTokens: number;
  /** Each asked by itself; when absent, one search finds the best of all, since AgentCore charges for each. */
  readonly strategies?: readonly StrategyName[];
  /** The session that is asked in: the prompt has its newest turns already. */
  readonly withoutSession?: string;
  /** Whether the turn has read all of that session: then what was drawn from it alone, its summary and episodes, is no news. */
  readonly isSessionRead?: boolean;
}

export interface RecallParts {
  /** A search that the tenant's limits do not allow is thrown as that refusal. */
  readonly memory: Pick<LongTermMemory, "search" | "preferences">;
  readonly turns: TurnSource;
  readonly timer: Timer;
  readonly countTokens: (text: string) => number;
  /** Told of a part that failed; recall goes on without it. */
  readonly onFailure: (what: RecallPart, error: unknown) => void;
}

/** The newest turns, what the actor prefers, the records of all strategies, or those of one. */
export type RecallPart = "turns" | "preferences" | "records" | StrategyName;

/** Something recalled, with where it is from. */
export type Recalled =
  | ({ readonly source: "record" } & FoundRecord)
  | {
      readonly source: "turn";
      readonly turnId: string;
      readonly sessionId: string;
      readonly atMs: number;
      readonly text: string;
    };

export interface Recall {
  /**
   * What the actor prefers, oldest first. It does not depend on the query, so that it may stand where what changes would
   * break a cached prompt.
   */
  readonly preferences: readonly RecalledRecord[];
  /** The newest turns first, newest at the front, then records, best first. */
  readonly items: readonly Recalled[];
  /** Of all of it, as `describeRecall` writes it. */
  readonly tokens: number;
  /** How many were found that the budget had no room for. */
  readonly dropped: number;
  /** What is missing because it failed or was not there in time. */
  readonly failed: readonly RecallPart[];
  readonly late: readonly RecallPart[];
  /** What was not searched because of the tenant's limits. */
  readonly overLimit: readonly RecallPart[];
}

/** Records lag behind what was said by a minute or more, so the newest turns of the actor's sessions stand in. */
const newestTurns = 6;
/** Of them, so that files which nobody is told of are not all read for their words. */
const newestBytes = 16_000_000;
const recordsOfSearch = 20;
const newestPreferences = 30;
/** The part of the budget that preferences may take. */
const preferenceShare = 1 / 3;

/**
 * Never throws and never takes longer than the deadline: what fails or is late is left out and named. The budget is
 * filled in order and ends with the first that does not fit, so that a larger one keeps all that a smaller one kept.
 */
export async function recall(
  tenantId: TenantId,
  actorId: string,
  query: string,
  options: RecallOptions,
  parts: RecallParts,
): Promise<Recall> {
  const searched = options.strategies ?? (["records"] as const);
  const deadline = { timer: parts.timer, deadlineMs: options.deadlineMs };
  const partInTime = async <T>(what: RecallPart, work: (signal: AbortSignal) => Promise<readonly T[]>) => {
    try {
      const outcome = await inTime(deadline, work);
      return outcome === late ? { what, late: true } : { what, found: outcome };
    } catch (error) {
      if (isRefusal(error)) {
        return { what, overLimit: true };
      }
      parts.onFailure(what, error);
      return { what, failed: true };
    }
  };
  const asked = query.trim() === "" ? [] : searched;
  const [turns, preferred, ...searches] = await Promise.all([
    partInTime("turns", () => turnItems(tenantId, actorId, options.withoutSession, parts.turns)),
    partInTime("preferences", async (signal) => {
      const wish = { limit: newestPreferences, signal };
      return recordItems(await parts.memory.preferences(tenantId, actorId, wish));
    }),
    ...asked.map((what) =>
      partInTime(what, async (signal) => {
        const strategy = what === "records" ? undefined : what;
        const search = { strategy, limit: recordsOfSearch, signal };
        return recordItems(await parts.memory.search(tenantId, actorId, query, search));
      }),
    ),
  ]);
  const preferences = newestWithin(preferred.found ?? [], options.budgetTokens * preferenceShare, parts);
  const known = new Set(preferences.map(({ recordId }) => recordId));
  const read = new Set(
    options.isSessionRead && options.withoutSession !== undefined
      ? sessionNamespaces(tenantId, actorId, options.withoutSession)
      : [],
  );
  const records = searches
    .flatMap(({ found = [] }) => found)
    .filter(({ recordId, namespace }) => !known.has(recordId) && !read.has(namespace))
    .sort(byScore);
  const all: readonly Recalled[] = [...(turns.found ?? []), ...records];
  const kept: Recalled[] = [];
  const preferenceTokens = sizeOf(preferences, parts);
  let tokens = preferenceTokens + (all.length === 0 ? 0 : parts.countTokens(recallFrame));
  for (const item of all) {
    const cost = parts.countTokens(`${lineOf(item)}\n`);
    // Asked so that a budget that is no number has room for nothing.
    if (!(tokens + cost <= options.budgetTokens)) {
      break;
    }
    kept.push(item);
    tokens += cost;
  }
  tokens = kept.length === 0 ? preferenceTokens : tokens;
  const outcomes = [turns, preferred, ...searches];
  return {
    preferences,
    items: kept,
    tokens,
    dropped: all.length - kept.length,
    failed: outcomes.filter(({ failed }) => failed).map(({ what }) => what),
    late: outcomes.filter((one) => one.late).map(({ what }) => what),
    overLimit: outcomes.filter((one) => one.overLimit).map(({ what }) => what),
  };
}

const refusals = new Set(["budget_exceeded", "rate_limited"]);

function isRefusal(error: unknown): boolean {
  return error instanceof CaprockError && refusals.has(error.problem.code);
}

function sizeOf(items: readonly Recalled[], { countTokens }: Pick<RecallParts, "countTokens">): number {
  return items.reduce((sum, item) => sum + countTokens(`${lineOf(item)}\n`), 0);
}

/** Keeps the order, and ends with the first from the newest on that does not fit. */
function newestWithin(
  oldestFirst: readonly RecalledRecord[],
  budgetTokens: number,
  parts: Pick<RecallParts, "countTokens">,
): readonly RecalledRecord[] {
  let from = oldestFirst.length;
  while (from > 0 && sizeOf(oldestFirst.slice(from - 1), parts) <= budgetTokens) {
    from -= 1;
  }
  return oldestFirst.slice(from);
}

async function turnItems(
  tenantId: TenantId,
  actorId: string,
  withoutSession: string | undefined,
  turns: TurnSource,
): Promise<Recalled[]> {
  const newest = await turns.newestTurns(tenantId, actorId, newestTurns, withoutSession, newestBytes);
  return newest
    .filter(({ sessionOnly }) => !sessionOnly)
    .map(({ turnId, sessionId, atMs, messages }) => ({
      source: "turn" as const,
      turnId,
      sessionId,
      atMs,
      text: messages
        .map((message) => ({ role: message.role, text: textOf(message) }))
        .filter(({ text }) => text !== "")
        .map(({ role, text }) => `${role}: ${text}`)
        .join("\n"),
    }))
    .filter(({ text }) => text !== "");
}

export type RecalledRecord = Extract<Recalled, { source: "record" }>;

/** One that was not searched for has no score. */
function recordItems(found: readonly (MemoryRecord & Partial<FoundRecord>)[]): RecalledRecord[] {
  return found.map((record) => ({ ...record, source: "record", score: record.score ?? 0 }));
}

/** Scores of strategies are alike enough to merge; what is newer, then what has the smaller id, breaks ties. */
function byScore(a: Recalled, b: Recalled): number {
  if (a.source !== "record" || b.source !== "record") {
    return 0;
  }
  return b.score - a.score || b.atMs - a.atMs || (a.recordId < b.recordId ? -1 : 1);
}
