/** Learns from reported usage how far the estimate of a model's tokens is off. */

/** What the prompt of one call was taken for, and what the model made of it. */
export interface TokenObservation {
  readonly estimatedTokens: number;
  /** The correction that the estimate was made with. */
  readonly correction: number;
  /** All input: tokens read from and written to a cache are counted in. */
  readonly reportedTokens: number;
}

interface Learned {
  readonly mean: number;
  readonly last: number;
}

const newestWeight = 0.2;
/** Framing decides the ratio of a shorter prompt, not text. */
const leastTokens = 200;
/** Beyond these it is not the tokenizer that differs. */
const leastCorrection = 0.6;
const mostCorrection = 2.5;

/**
 * Keeps for each model what to multiply its `tokenizerFactor` by: the larger of the moving mean and the last ratio of
 * reported to estimated tokens, so that it rises at once and falls slowly. Keeps two numbers a model, in memory; who
 * owns it decides how long.
 */
export class TokenCalibration {
  private readonly learned = new Map<string, Learned>();

  /** 1 for a model that nothing was observed of. */
  correctionOf(modelId: string): number {
    const { mean, last } = this.learned.get(modelId) ?? { mean: 1, last: 1 };
    return Math.max(mean, last);
  }

  /** Observe texts only: what images and files count as is bounded, not estimated. */
  observe(modelId: string, { estimatedTokens, correction, reportedTokens }: TokenObservation): void {
    const uncorrected = estimatedTokens / correction;
    if (!(reportedTokens >= leastTokens && uncorrected >= leastTokens)) {
      return;
    }
    const last = Math.min(mostCorrection, Math.max(leastCorrection, reportedTokens / uncorrected));
    const known = this.learned.get(modelId);
    const mean = known ? known.mean + newestWeight * (last - known.mean) : last;
    this.learned.set(modelId, { mean, last });
  }
}
