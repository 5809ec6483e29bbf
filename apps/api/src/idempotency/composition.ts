/** Builds what answering once under an idempotency key works with, from the API's settings. */
import {
  type ApiSettings,
  systemClock as clock,
  type DocumentClient,
  type Logger,
  systemPause,
} from "@caprock/platform";
import { DynamoIdempotencyStore } from "@caprock/tenancy/dynamodb";
import type { IdempotencyParts } from "./idempotency-parts.ts";

/** As long as clients may come back to an answer. */
const answersKeptForMs = 24 * 3_600_000;

/** Well below the 30 seconds for which many clients and proxies wait for a first byte. */
const twinWaitMs = 20_000;

export function composeIdempotency(
  settings: ApiSettings,
  client: DocumentClient,
  logger: Logger,
): IdempotencyParts {
  return {
    store: new DynamoIdempotencyStore({
      client,
      tablePrefix: settings.CAPROCK_TABLE_PREFIX,
      clock,
      keptForMs: answersKeptForMs,
    }),
    clock,
    pause: systemPause,
    leaseMs: settings.CAPROCK_HOLD_TTL_MS,
    waitMs: twinWaitMs,
    secret: settings.CAPROCK_ACCESS_KEY_SECRET ?? "",
    onFailure: (error) =>
      logger.warn({ err: error }, "an answer was not stored; its idempotency key will not replay it"),
  };
}
