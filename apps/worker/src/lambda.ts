/** Runs one round of the worker as a scheduled Lambda function. */
import { resolveHolds } from "@caprock/metering";
import { createLogger, loadSettings, workerSettings } from "@caprock/platform";
import { composeWorker } from "./composition.ts";

const settings = loadSettings(workerSettings);
const logger = createLogger({ service: "worker", level: settings.CAPROCK_LOG_LEVEL });
const parts = composeWorker(settings, logger);

export async function handler(): Promise<void> {
  logger.info(await resolveHolds(parts), "holds resolved");
}
