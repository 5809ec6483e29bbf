/** The real clock and the real random source: the one place that reads them. */
import { randomBytes } from "node:crypto";
import type { Clock, Random } from "@caprock/domain";

export const systemClock: Clock = { now: () => Date.now() };

export const systemRandom: Random = { bytes: (count) => new Uint8Array(randomBytes(count)) };
