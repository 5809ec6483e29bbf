/** Long-term memory: AgentCore's memory with its strategies, and the queue before it with its dead letters. */
import { ingestionQueues } from "@caprock/memory/queues";
import { eventExpiryDays, memoryStrategies } from "@caprock/memory/strategies";
import { BedrockagentcoreMemory } from "@cdktf/provider-aws/lib/bedrockagentcore-memory/index.js";
import { BedrockagentcoreMemoryStrategy } from "@cdktf/provider-aws/lib/bedrockagentcore-memory-strategy/index.js";
import { CloudwatchMetricAlarm } from "@cdktf/provider-aws/lib/cloudwatch-metric-alarm/index.js";
import { SqsQueue } from "@cdktf/provider-aws/lib/sqs-queue/index.js";
import { Construct } from "constructs";
import type { AlertTopic } from "./alert-topic.ts";
import type { Grant } from "./grants.ts";

export interface LongTermMemoryProps {
  readonly namePrefix: string;
  readonly alertTopic: AlertTopic;
}

/** What all namespaces and actors of tenants look like: see `memory-names.ts` in packages/memory. */
const tenantNamespaces = "/tenants/*";
const tenantActors = "t*/actors/*";

export class LongTermMemory extends Construct {
  readonly memoryId: string;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly deadLetterUrl: string;
  private readonly memoryArn: string;

  constructor(scope: Construct, id: string, { namePrefix, alertTopic }: LongTermMemoryProps) {
    super(scope, id);
    const memory = new BedrockagentcoreMemory(this, "memory", {
      // AgentCore's names have no hyphens, and 48 characters at most.
      name: namePrefix.replaceAll("-", "_").slice(0, 48),
      description: "Caprock: long-term memory of all tenants",
      eventExpiryDuration: eventExpiryDays,
    });
    this.#strategies(memory);
    const deadLetters = new SqsQueue(this, "dead-letters", {
      name: `${namePrefix}-${ingestionQueues.deadLetterName}`,
      messageRetentionSeconds: ingestionQueues.deadLetterRetentionSeconds,
      sqsManagedSseEnabled: true,
    });
    const queue = new SqsQueue(this, "queue", {
      name: `${namePrefix}-${ingestionQueues.name}`,
      visibilityTimeoutSeconds: ingestionQueues.visibilitySeconds,
      sqsManagedSseEnabled: true,
      redrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetters.arn,
        maxReceiveCount: ingestionQueues.maxReceiveCount,
      }),
    });
    this.#alarm(namePrefix, deadLetters, alertTopic);
    this.memoryId = memory.id;
    this.memoryArn = memory.arn;
    this.queueUrl = queue.url;
    this.queueArn = queue.arn;
    this.deadLetterUrl = deadLetters.url;
  }

  /** By which a process finds it. */
  get settings() {
    return { CAPROCK_MEMORY_ID: this.memoryId, CAPROCK_MEMORY_QUEUE_URL: this.queueUrl };
  }

  /** After a turn: asking for its ingestion. */
  get enqueue(): readonly Grant[] {
    return [{ actions: ["sqs:SendMessage"], resources: [this.queueArn] }];
  }

  /** Before a turn: searching below the tenants' namespaces, and nowhere else. */
  get recall(): readonly Grant[] {
    return [
      // A listing tells what an actor prefers, whatever is asked.
      this.#onMemory(["RetrieveMemoryRecords", "ListMemoryRecords"], {
        test: "StringLike",
        variable: "bedrock-agentcore:namespacePath",
        value: tenantNamespaces,
      }),
    ];
  }

  /** The worker: reading the queue, and storing events of tenants' actors. */
  get ingest(): readonly Grant[] {
    return [
      {
        actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
        resources: [this.queueArn],
      },
      this.#onMemory(["CreateEvent"], {
        test: "StringLike",
        variable: "bedrock-agentcore:actorId",
        value: tenantActors,
      }),
    ];
  }

  /** Forgetting, and proving it: reading and deleting what tenants' actors have; of a turn's event the rest is stored again. */
  get forget(): readonly Grant[] {
    return [
      this.#onMemory(["ListSessions", "ListEvents", "DeleteEvent", "CreateEvent"], {
        test: "StringLike",
        variable: "bedrock-agentcore:actorId",
        value: tenantActors,
      }),
      this.#onMemory(["ListMemoryRecords"], {
        test: "StringLike",
        variable: "bedrock-agentcore:namespacePath",
        value: tenantNamespaces,
      }),
      // Neither has a key to condition on: one lists all actors, the other names records by id.
      this.#onMemory(["ListActors", "BatchDeleteMemoryRecords"]),
    ];
  }

  #onMemory(actions: readonly string[], only?: Grant["only"]): Grant {
    return {
      actions: actions.map((action) => `bedrock-agentcore:${action}`),
      resources: [this.memoryArn],
      ...(only === undefined ? {} : { only }),
    };
  }

  /** One after another: a memory takes no second strategy while it is being changed. */
  #strategies(memory: BedrockagentcoreMemory): void {
    let before: BedrockagentcoreMemoryStrategy | undefined;
    for (const { name, type, namespace } of memoryStrategies) {
      before = new BedrockagentcoreMemoryStrategy(this, name, {
        memoryId: memory.id,
        name,
        type,
        namespaces: [namespace],
        dependsOn: before === undefined ? [] : [before],
      });
    }
  }

  #alarm(namePrefix: string, deadLetters: SqsQueue, alertTopic: AlertTopic): void {
    new CloudwatchMetricAlarm(this, "failed-jobs", {
      alarmName: `${namePrefix}-memory-ingestion-failed`,
      alarmDescription:
        "Turns did not get into long-term memory. Mend the cause, then: caprock memory redrive.",
      namespace: "AWS/SQS",
      metricName: "ApproximateNumberOfMessagesVisible",
      dimensions: { QueueName: deadLetters.name },
      statistic: "Maximum",
      period: 300,
      evaluationPeriods: 1,
      comparisonOperator: "GreaterThanThreshold",
      threshold: 0,
      treatMissingData: "notBreaching",
      alarmActions: [alertTopic.arn],
      okActions: [alertTopic.arn],
    });
  }
}
