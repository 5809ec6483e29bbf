/** Runs one round of the worker as a scheduled Lambda function. */
import { resolveHolds } from "@caprock/metering";
import { createLogger, loadSettings, workerSettings } from "@caprock/platform";
import { composeBooks } from "./books/composition.ts";
import { composeWorker } from "./composition.ts";
import { composeLongTermWork } from "./long-term/composition.ts";
import { repairEveryMs, repairIngestion } from "./long-term/long-term-work.ts";

const settings = loadSettings(workerSettings);
const logger = createLogger({ service: "worker", level: settings.CAPROCK_LOG_LEVEL });
const books = composeBooks(settings, logger);
const parts = composeWorker(settings, logger, books);

// This function ingests nothing itself: it asks for what was lost.
const longTerm = composeLongTermWork(settings, logger, 1, books);
let repairedAtMs = 0;

/** Once an hour for each instance, of which there is one. */
async function repair(): Promise<void> {
  const nowMs = parts.clock.now();
  if (longTerm && nowMs - repairedAtMs >= repairEveryMs) {
    repairedAtMs = nowMs;
    logger.info({ asked: await repairIngestion(longTerm) }, "looked for sessions whose ingestion was lost");
  }
}

export async function handler(): Promise<void> {
  try {
    const [holds, watched, rolled, closed] = await Promise.all([
      resolveHolds(parts),
      parts.watch.round(),
      parts.rollUps.round(),
      parts.months.closeDue(),
      repair(),
    ]);
    logger.info(holds, "holds resolved");
    logger.info(watched, "watched");
    logger.info(rolled, "usage rolled up");
    for (const { tenantId, month, entriesSha256 } of closed) {
      logger.info({ tenantId, month, entriesSha256 }, "month closed");
    }
  } finally {
    await parts.metrics.flush();
  }
}
