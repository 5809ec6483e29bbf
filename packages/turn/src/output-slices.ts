/** Holds for an open-ended answer slice by slice while it is streamed, and stops it when a limit has no more left. */
import { CaprockError } from "@caprock/domain";
import type { Admission, Reservation, WorstCaseUse } from "@caprock/metering";
import type { ConverseBody } from "./converse-body.ts";

/** What one slice holds for. */
export const outputSliceTokens = 2_048;

/** What may be on its way from Bedrock when an answer is stopped, and is billed all the same. */
export const inTransitTokens = 512;

/**
 * Whether an answer is held for in slices: a stream whose caller sets no maximum, from a model that shows all it
 * writes. Vendors' own fields, and an effort, can switch on thinking that is billed and not shown, so they need a maximum;
 * so do guardrails, which bill the answer once more.
 */
export function isOpenEnded(body: ConverseBody, streamed: boolean): boolean {
  return (
    streamed &&
    body.inferenceConfig?.maxTokens === undefined &&
    body.outputConfig?.effort === undefined &&
    body.guardrailConfig === undefined &&
    Object.keys(body.additionalModelRequestFields ?? {}).length === 0
  );
}

export interface OutputSlicesParts {
  readonly admission: Admission;
  readonly maxOutputTokens: number;
  /** The most that the call can use if its answer ends at so many tokens. */
  readonly worstCaseOf: (outputTokens: number) => WorstCaseUse;
}

export class OutputSlices {
  /** What the call holds now. */
  reservation: Reservation;
  /** How many tokens of the answer are held for. */
  heldTokens: number;
  private readonly parts: OutputSlicesParts;

  constructor(reservation: Reservation, parts: OutputSlicesParts) {
    this.reservation = reservation;
    this.heldTokens = Math.min(outputSliceTokens, parts.maxOutputTokens);
    this.parts = parts;
  }

  /**
   * Makes sure that what was generated, and what may be on its way, is held for. A token is at least one byte, so the
   * count of bytes bounds that of tokens. Throws CaprockError `budget_exceeded` when no further slice is to be had.
   */
  async cover(generatedBytes: number): Promise<void> {
    const { admission, maxOutputTokens, worstCaseOf } = this.parts;
    while (this.heldTokens < maxOutputTokens && this.heldTokens < generatedBytes + inTransitTokens) {
      const heldTokens = Math.min(this.heldTokens + outputSliceTokens, maxOutputTokens);
      const { reservation, refused } = await admission.extend(this.reservation, worstCaseOf(heldTokens));
      this.reservation = reservation;
      if (refused) {
        throw new CaprockError(refused);
      }
      this.heldTokens = heldTokens;
    }
  }
}
