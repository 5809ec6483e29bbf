/** Runs one round of the worker as a scheduled Lambda function. */
import { resolveHolds } from "@caprock/metering";
import { createLogger, loadSettings, workerSettings } from "@caprock/platform";
import { composeWorker } from "./composition.ts";

const settings = loadSettings(workerSettings);
const logger = createLogger({ service: "worker", level: settings.CAPROCK_LOG_LEVEL });
const parts = composeWorker(settings, logger);

export async function handler(): Promise<void> {
  try {
    const [holds, watched, rolled, closed] = await Promise.all([
      resolveHolds(parts),
      parts.watch.round(),
      parts.rollUps.round(),
      parts.months.closeDue(),
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
