/** A fault that strikes a call before its answer: every service fails alike, each in its own words. */
import type { Fault } from "./faults.ts";
import { sleep } from "./system.ts";

/** The ways in which a fault fails a call before its answer. */
export type Failure = "throttle" | "error" | "unavailable" | "timeout";

/**
 * Waits where the fault is a delay, and throws what `errorOf` makes of one that fails the call; of a timeout once the
 * caller has left. Faults of an answer itself are left to the service.
 */
export async function strikeBefore(
  fault: Pick<Fault, "kind" | "delayMs"> | undefined,
  gone: AbortSignal,
  errorOf: (failure: Failure) => Error,
): Promise<void> {
  switch (fault?.kind) {
    case "throttle":
    case "error":
    case "unavailable":
      throw errorOf(fault.kind);
    case "timeout":
      await new Promise<void>((resolve) => gone.addEventListener("abort", () => resolve()));
      throw errorOf("timeout");
    case "delay":
      await sleep(fault.delayMs, gone);
  }
}
