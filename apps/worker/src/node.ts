/** Runs the worker as a Node process: one round after another, and a health check. */
import { createServer } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { eventsPerSecond, ingestionRound } from "@caprock/memory";
import { resolveHolds } from "@caprock/metering";
import { createLogger, loadSettings, systemRepeat, workerSettings } from "@caprock/platform";
import { composeBooks } from "./books/composition.ts";
import { composeWorker } from "./composition.ts";
import { composeLongTermWork } from "./long-term/composition.ts";
import { type LongTermWork, repairEveryMs, repairIngestion } from "./long-term/long-term-work.ts";

const settings = loadSettings(workerSettings);
const logger = createLogger({ service: "worker", level: settings.CAPROCK_LOG_LEVEL });
const books = composeBooks(settings, logger);
const parts = composeWorker(settings, logger, books);
const longTerm = composeLongTermWork(settings, logger, eventsPerSecond.account, books);
const stopping = new AbortController();
let lastRound: "none yet" | "ok" | "failed" = "none yet";

const server = createServer((_request, response) => {
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ status: "ok", lastRound }));
});
await new Promise<void>((resolve, reject) => {
  server.once("error", reject);
  server.listen(settings.CAPROCK_WORKER_PORT, "127.0.0.1", resolve);
});
process.send?.({ ready: true });

for (const signal of ["SIGTERM", "SIGINT", "disconnect"] as const) {
  process.on(signal, () => stopping.abort());
}

// Beside the rounds: a reconciliation may take minutes, and holds must not wait for it.
const stopWatch = systemRepeat(telling("watch", watch), settings.CAPROCK_WORKER_INTERVAL_MS);
const stopClosing = systemRepeat(
  telling("closing of months", closeMonths),
  settings.CAPROCK_WORKER_INTERVAL_MS,
);

/** How long the queue is waited at; SQS takes 20 seconds at most. */
const waitAtQueueMs = 20_000;
const ingesting = longTerm && ingest(longTerm);
const stopRepairing = longTerm
  ? systemRepeat(
      telling("repair of ingestion", () => repair(longTerm)),
      repairEveryMs,
    )
  : undefined;

/** What fails in a round is told, and tried again in the next: nobody else would catch it, and the process would end. */
function telling(what: string, work: () => Promise<void>): () => Promise<void> {
  return async () => {
    try {
      await work();
    } catch (error) {
      logger.error({ what, err: error }, "round failed; the next one tries again");
    }
  };
}

/** One round at the queue after another, beside all else: a session should be remembered soon after it was kept. */
async function ingest(work: LongTermWork): Promise<void> {
  while (!stopping.signal.aborted) {
    try {
      const { turns, events, refused } = await ingestionRound(work, waitAtQueueMs, stopping.signal);
      if (events + refused > 0) {
        logger.info({ turns, events, refused }, "sessions ingested");
      }
    } catch (error) {
      if (!stopping.signal.aborted) {
        logger.error({ err: error }, "ingestion round failed; the next one tries again");
        await pause(settings.CAPROCK_WORKER_INTERVAL_MS);
      }
    }
  }
}

async function repair(work: LongTermWork): Promise<void> {
  const asked = await repairIngestion(work);
  if (asked > 0) {
    logger.info({ asked }, "sessions asked for again whose ingestion was lost");
  }
}

async function closeMonths(): Promise<void> {
  for (const { tenantId, month, entriesSha256 } of await parts.months.closeDue()) {
    logger.info({ tenantId, month, entriesSha256 }, "month closed");
  }
}

async function watch(): Promise<void> {
  const report = await parts.watch.round();
  if (Object.values(report).some((count) => count > 0)) {
    logger.info(report, "watched");
  }
  const rolled = await parts.rollUps.round();
  if (rolled && Object.values(rolled).some((count) => count > 0)) {
    logger.info(rolled, "usage rolled up");
  }
}

while (!stopping.signal.aborted) {
  try {
    const report = await resolveHolds(parts);
    lastRound = "ok";
    if (Object.values(report).some((count) => count > 0)) {
      logger.info(report, "holds resolved");
    }
  } catch (error) {
    lastRound = "failed";
    logger.error({ err: error }, "round failed; the next one tries again");
  }
  await parts.metrics.flush();
  await pause(settings.CAPROCK_WORKER_INTERVAL_MS, undefined, { signal: stopping.signal }).catch(
    () => undefined,
  );
}
stopWatch();
stopClosing();
stopRepairing?.();
await ingesting;
server.close();
await parts.metrics.close();
process.exit(0);
