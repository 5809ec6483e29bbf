/** Takes sessions into long-term memory as a Lambda function behind the ingestion queue. */
import { eventsPerSecond, ingestJobs, readJob } from "@caprock/memory";
import { ingestionQueues } from "@caprock/memory/queues";
import { createLogger, loadSettings, workerSettings } from "@caprock/platform";
import { composeBooks } from "./books/composition.ts";
import { composeLongTermWork } from "./long-term/composition.ts";

const settings = loadSettings(workerSettings);
const logger = createLogger({ service: "ingestion", level: settings.CAPROCK_LOG_LEVEL });
const books = composeBooks(settings, logger);
const work = composeLongTermWork(
  settings,
  logger,
  eventsPerSecond.account / ingestionQueues.mostFunctions,
  books,
);

/** What of an SQS event is read (Lambda developer guide, "Using Lambda with Amazon SQS"). */
interface SqsEvent {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

/** Names the messages that are to be delivered again (the same, "Implementing partial batch responses"). */
interface SqsBatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/** What is no job fails as well, and so comes to the dead letters. */
export async function handler({ Records }: SqsEvent): Promise<SqsBatchResponse> {
  if (!work) {
    throw new Error("CAPROCK_MEMORY_ID and CAPROCK_MEMORY_QUEUE_URL must be set.");
  }
  const read = Records.map(({ messageId, body }) => ({ receipt: messageId, job: readJob(body) }));
  const received = read.flatMap(({ receipt, job }) => (job ? [{ receipt, job }] : []));
  const unreadable = read.filter(({ job }) => job === undefined).map(({ receipt }) => receipt);
  try {
    const { failed, ...report } = await ingestJobs(received, work);
    logger.info({ ...report, failed: failed.length, unreadable: unreadable.length }, "sessions ingested");
    return { batchItemFailures: [...failed, ...unreadable].map((itemIdentifier) => ({ itemIdentifier })) };
  } finally {
    await books.metrics.flush();
  }
}
