/** Runs a job over and over from several lanes at once, and tells how fast it went. */
import { performance } from "node:perf_hooks";

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU time of this process, in milliseconds for each call. */
  readonly cpuMsPerCall: number;
}

/** Warms up for a tenth of the time, then measures for `durationMs`. Throws what the job throws. */
export async function measure(
  job: () => Promise<void>,
  { lanes, durationMs }: { readonly lanes: number; readonly durationMs: number },
): Promise<Measured> {
  await run(job, lanes, durationMs / 10);
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  const latencies = await run(job, lanes, durationMs);
  const seconds = (performance.now() - startedAt) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((a, b) => a - b);
  return {
    perSecond: latencies.length / seconds,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    cpuMsPerCall: (user + system) / 1000 / latencies.length,
  };
}

/** The run whose rate is in the middle. */
export function medianOf(runs: readonly Measured[]): Measured {
  const sorted = [...runs].sort((a, b) => a.perSecond - b.perSecond);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (!middle) {
    throw new Error("Nothing was measured.");
  }
  return middle;
}

async function run(job: () => Promise<void>, lanes: number, durationMs: number): Promise<number[]> {
  const latencies: number[] = [];
  const endAt = performance.now() + durationMs;
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (let now = performance.now(); now < endAt; ) {
        await job();
        const after = performance.now();
        latencies.push(after - now);
        now = after;
      }
    }),
  );
  return latencies;
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
