/** The ingestion queue on SQS. */
export { createLocalQueues } from "./create-local-queues.ts";
export { SqsIngestionQueue, type SqsIngestionQueueOptions } from "./ingestion-queue.ts";
