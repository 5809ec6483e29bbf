/** The queue before long-term memory, declared once: infra and `start` both read it. */

export const ingestionQueues = {
  /** Named `<prefix>-<name>`. */
  name: "memory-ingestion",
  deadLetterName: "memory-ingestion-dead",
  /** Longer than a job takes with all its attempts and AgentCore's pace. */
  visibilitySeconds: 180,
  /** Deliveries before a job goes to the dead letters. */
  maxReceiveCount: 5,
  /** SQS's longest, 14 days: a weekend must not lose what is to be looked at. */
  deadLetterRetentionSeconds: 1_209_600,
} as const;
