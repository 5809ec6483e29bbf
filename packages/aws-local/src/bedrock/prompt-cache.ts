/** The prompt cache: which part of a prompt was seen before, per model, within its time to live. */
import { createHash } from "node:crypto";
import type { CacheTtl } from "./converse-request.ts";
import type { PromptPiece } from "./count-prompt.ts";

const ttlMs: Record<CacheTtl, number> = { "5m": 5 * 60_000, "1h": 60 * 60_000 };

/** A prompt's tokens by class; the classes are disjoint. */
export interface PromptUsage {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite5m: number;
  readonly cacheWrite1h: number;
}

/**
 * Remembers prefixes that end at a cache point. A later prompt with the same prefix reads it, even when its own
 * cache point stands further on. The least prefix that AWS asks for (512 tokens and more, by model) is not.
 */
export class PromptCache {
  readonly #expiryMs = new Map<string, number>();

  /** Splits a prompt's tokens into classes, and remembers its cache points. */
  use(modelId: string, pieces: readonly PromptPiece[], nowMs: number): PromptUsage {
    const lastPoint = pieces.findLastIndex((piece) => piece.cachePoint !== undefined);
    const input = sum(pieces.slice(lastPoint + 1));
    if (lastPoint < 0) {
      return { input, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
    }
    const prefix = pieces.slice(0, lastPoint + 1);
    const keys = prefixKeys(modelId, prefix);
    const readTo = keys.findLastIndex((key) => (this.#expiryMs.get(key) ?? 0) > nowMs);
    const written = { "5m": 0, "1h": 0 };
    let unassigned = 0;
    prefix.forEach((piece, index) => {
      unassigned += index > readTo ? piece.tokens : 0;
      const ttl = piece.cachePoint;
      const key = keys[index];
      if (ttl !== undefined && key !== undefined) {
        this.#expiryMs.set(key, Math.max(this.#expiryMs.get(key) ?? 0, nowMs + ttlMs[ttl]));
        written[ttl] += unassigned;
        unassigned = 0;
      }
    });
    const cacheRead = sum(prefix.slice(0, readTo + 1));
    return { input, cacheRead, cacheWrite5m: written["5m"], cacheWrite1h: written["1h"] };
  }
}

function prefixKeys(modelId: string, prefix: readonly PromptPiece[]): string[] {
  const hash = createHash("sha256").update(modelId);
  return prefix.map((piece) => {
    const content = JSON.stringify(piece.content);
    hash.update(`${content.length}:${content}`);
    return hash.copy().digest("base64");
  });
}

function sum(pieces: readonly PromptPiece[]): number {
  return pieces.reduce((total, piece) => total + piece.tokens, 0);
}
