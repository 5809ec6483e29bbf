/** The queue before long-term memory, declared once: infra and `start` both read it. */

export const ingestionQueues = {
  /** Named `<prefix>-<name>`. */
  name: "memory-ingestion",
  deadLetterName: "memory-ingestion-dead",
  /** Longer than a job takes with all its attempts and AgentCore's pace. */
  visibilitySeconds: 180,
  /** Of the function that is given batches: a sixth, as AWS advises (Lambda developer guide, "Using Lambda with Amazon SQS"). */
  functionTimeoutSeconds: 30,
  /** Functions at once, which share AgentCore's rate of events; no event source takes a smaller bound. */
  mostFunctions: 2,
  /** Deliveries before a job goes to the dead letters. */
  maxReceiveCount: 5,
  /** SQS's longest, 14 days: a weekend must not lose what is to be looked at. */
  deadLetterRetentionSeconds: 1_209_600,
} as const;
