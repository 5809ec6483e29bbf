/** Believable traffic of a month: who called which model when, with how many tokens. Made up, but repeatable. */
import { noTokens, type TokenUsage } from "@caprock/domain";

/** How one of a tenant's applications uses one model. */
export interface Workload {
  /** The id it calls, inference profile included. */
  readonly invokeId: string;
  readonly wire: string;
  /** Calls on a working day. */
  readonly callsPerDay: number;
  /** Share of that on Saturdays and Sundays, from 0 to 1. */
  readonly weekendShare: number;
  /** How much more it is called at the end of the month than at its beginning; 1 is no growth. */
  readonly growth: number;
  /** Tokens of a typical call; real ones vary around it. */
  readonly typical: Partial<TokenUsage>;
}

export interface DemoCall {
  readonly arrivedAtMs: number;
  readonly workload: Workload;
  readonly usage: TokenUsage;
}

const dayMs = 24 * 3_600_000;

/** Calls of the last `days` UTC days up to `endMs`, oldest first. The same days and seed give the same calls. */
export function callsOf(
  workloads: readonly Workload[],
  endMs: number,
  days: number,
  seed: number,
): DemoCall[] {
  const random = seededRandom(seed);
  const calls: DemoCall[] = [];
  const lastDayMs = Math.floor(endMs / dayMs) * dayMs;
  for (let day = 0; day < days; day += 1) {
    const startMs = lastDayMs - (days - 1 - day) * dayMs;
    const weekday = new Date(startMs).getUTCDay();
    const weekend = weekday === 0 || weekday === 6;
    for (const workload of workloads) {
      const trend = 1 + ((workload.growth - 1) * day) / days;
      const expected = workload.callsPerDay * trend * (weekend ? workload.weekendShare : 1);
      const count = Math.round(expected * (0.7 + 0.6 * random()));
      for (let call = 0; call < count; call += 1) {
        calls.push({
          arrivedAtMs: startMs + timeOfDay(random),
          workload,
          usage: vary(workload.typical, random),
        });
      }
    }
  }
  return calls.filter(({ arrivedAtMs }) => arrivedAtMs < endMs).sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
}

/** Mostly working hours: the mean of two draws gathers around the middle of the day. */
function timeOfDay(random: () => number): number {
  return Math.floor(((random() + random()) / 2) * dayMs);
}

/** Scales each class by the same factor from a skewed distribution: many small calls, a few large ones. */
function vary(typical: Partial<TokenUsage>, random: () => number): TokenUsage {
  const size = 0.4 + 2.4 * random() ** 3;
  const around = (tokens: number) => Math.round(tokens * size * (0.8 + 0.4 * random()));
  return {
    ...noTokens,
    input: around(typical.input ?? 0),
    cacheRead: around(typical.cacheRead ?? 0),
    cacheWrite5m: random() < 0.15 ? around(typical.cacheWrite5m ?? 0) : 0,
    output: around(typical.output ?? 0),
  };
}

/** Mulberry32, a small generator with a 32-bit state: enough for demo data, and the same everywhere. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
