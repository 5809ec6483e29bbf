/** Waits for work until a deadline, and no longer. */
import type { Timer } from "./clock.ts";

/** How long something is waited for, and by which timer. */
export interface Deadline {
  readonly timer: Timer;
  readonly deadlineMs: number;
}

/** Stands for a result that was not there in time. */
export const late: unique symbol = Symbol("late");
export type Late = typeof late;

/**
 * The result of the work, or `late` once the deadline is over; the work's signal is aborted then. Throws what the work throws in
 * time. Work that is late and goes on all the same is given to `inBackground`; without it, its failure is nobody's.
 */
export async function inTime<Result>(
  { timer, deadlineMs }: Deadline,
  work: (signal: AbortSignal) => Promise<Result>,
  inBackground: (work: Promise<Result>) => void = () => undefined,
): Promise<Result | Late> {
  const overdue = new AbortController();
  let cancel = () => {};
  const end = new Promise<Late>((resolve) => {
    cancel = timer(deadlineMs, () => {
      resolve(late);
      overdue.abort();
    });
  });
  try {
    const begun = work(overdue.signal);
    const outcome = await Promise.race([begun, end]);
    if (outcome === late) {
      inBackground(begun);
    }
    return outcome;
  } finally {
    cancel();
  }
}
