/** Port: AWS's bill, line by line. */
import type { DriftComponent } from "./reconciliation.ts";

/** One line of Bedrock usage. */
export interface BillingLine {
  /** When the usage began; a line stands for an hour or a day. */
  readonly startMs: number;
  /** Empty when nothing on the line names a tenant. */
  readonly tenantId: string;
  /** The catalog's model, or AWS's own name of the usage when nothing on the line names a model. */
  readonly modelId: string;
  readonly component: DriftComponent;
  /** Tokens or units, in billionths: bills give decimal fractions of thousands and millions. */
  readonly countParts: bigint;
  /** What AWS charged for it, in millionths of a nano-USD. */
  readonly costParts: bigint;
}

export interface BillingExport {
  /** Lines whose usage began in [startMs, endMs), in any order; `unreadable` for one of Bedrock's that makes no sense. */
  lines(range: {
    readonly startMs: number;
    readonly endMs: number;
  }): AsyncIterable<BillingLine | "unreadable">;
}

/** `countParts` of one token, or of one unit. */
export const partsOfCount = 1_000_000_000n;
