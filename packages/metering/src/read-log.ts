/** What a round of the worker learns from Bedrock's invocation log: one pass over it for all that waits. */
import { type RequestId, requestArrivalMs } from "@caprock/domain";
import type { Account, Grant, GrantId, Hold } from "./account-store.ts";
import type { InvocationLog, LoggedCalls, LogRange } from "./invocation-log.ts";

/** An account with what neither settled nor can be settled without the log. */
export interface Waiting {
  readonly account: Account;
  readonly holds: readonly Hold[];
  /** Of processes that have been dead for longer than the log may be late. */
  readonly grants: readonly Grant[];
}

export interface LogFindings {
  readonly calls: LoggedCalls;
  /** The log has delivered something at or after this instant, so that it can be believed up to here. */
  readonly aliveAtMs: number;
}

/** How far a process's clock, which dates its calls, may be from Bedrock's, which dates the log. */
const clockSkewMs = 600_000;

/** No call takes longer from its arrival to its settlement: its body has to be read, and a hold's life bounds the rest. */
export const longestCallMs = 2 * 3_600_000;

/** Throws when the log cannot be read. */
export async function readLog(
  log: InvocationLog,
  waiting: readonly Waiting[],
  nowMs: number,
  graceMs: number,
): Promise<LogFindings> {
  const holds = waiting.flatMap((each) => each.holds);
  const grants = waiting.flatMap((each) => each.grants);
  const calls = await log.find({
    requests: rangesOf(holds, nowMs, graceMs),
    grants: rangesOfGrants(grants, nowMs),
  });
  const unseen = [...grants, ...holds.filter((hold) => !calls.get(hold))];
  const instants = unseen.map((each) => provenAtMs(each, graceMs)).filter((instantMs) => instantMs <= nowMs);
  return { calls, aliveAtMs: await latestAlive(log, instants) };
}

/**
 * When a log that does not show a call proves that it did not run: a log that works then has delivered by now what ran
 * before the hold or the grant expired.
 */
export function provenAtMs({ expiresAtMs }: Hold | Grant, graceMs: number): number {
  return expiresAtMs + graceMs;
}

/** The latest of the instants since which the log has shown life; each question lists a part of it, so few are asked. */
async function latestAlive(log: InvocationLog, instants: readonly number[]): Promise<number> {
  const sorted = [...new Set(instants)].sort((a, b) => a - b);
  let latest = Number.NEGATIVE_INFINITY;
  while (sorted.length > 0) {
    const [middle = 0, ...later] = sorted.splice(Math.floor(sorted.length / 2));
    if (await log.isAlive(middle)) {
      latest = middle;
      sorted.splice(0, sorted.length, ...later);
    }
  }
  return latest;
}

function rangesOf(holds: readonly Hold[], nowMs: number, graceMs: number): ReadonlyMap<RequestId, LogRange> {
  return new Map(
    holds.map(({ requestId, expiresAtMs }) => [
      requestId,
      {
        fromMs: requestArrivalMs(requestId) - clockSkewMs,
        toMs: Math.min(nowMs, expiresAtMs + graceMs) + clockSkewMs + 1,
      },
    ]),
  );
}

/** A process has one grant id for all accounts. */
function rangesOfGrants(grants: readonly Grant[], nowMs: number): ReadonlyMap<GrantId, LogRange> {
  const ranges = new Map<GrantId, LogRange>();
  for (const { id, writtenAtMs } of grants) {
    const fromMs = Math.min(writtenAtMs - longestCallMs, ranges.get(id)?.fromMs ?? writtenAtMs);
    ranges.set(id, { fromMs, toMs: nowMs + 1 });
  }
  return ranges;
}
