/** The local AWS: one server on one port for every service, chosen by header and path. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { accountId } from "./account.ts";
import { type AgentCoreBehaviour, agentCorePath, openAgentCore } from "./agentcore/service.ts";
import { guardrailPath, serveGuardrail } from "./bedrock/guardrail.ts";
import type { LocalModel } from "./bedrock/models.ts";
import type { Speed } from "./bedrock/pace.ts";
import { PromptCache } from "./bedrock/prompt-cache.ts";
import { serveBedrock } from "./bedrock/service.ts";
import { Profiles } from "./bedrock-control/profiles.ts";
import { profilesPath, serveProfiles } from "./bedrock-control/service.ts";
import { openBedrockSessions, sessionsPath } from "./bedrock-sessions/service.ts";
import { cloudWatchTarget, startCloudWatch } from "./cloudwatch/service.ts";
import { controlPath, serveControl } from "./control.ts";
import { startDynamoDb } from "./dynamodb/service.ts";
import { type FaultRequest, Faults } from "./faults.ts";
import { Gate } from "./gate.ts";
import { InvocationLog } from "./invocation-log.ts";
import { listen } from "./listener.ts";
import { ObjectStore } from "./s3/object-store.ts";
import { serveS3 } from "./s3/service.ts";
import { type PublishedMessage, Publisher } from "./sns/publisher.ts";
import { isSns, serveSns } from "./sns/service.ts";
import { Topics } from "./sns/topics.ts";
import { Queues } from "./sqs/queues.ts";
import { serveSqs, sqsTarget } from "./sqs/service.ts";
import { nowMs as systemNowMs } from "./system.ts";
import { type ServedInvocation, Witness, type WitnessFilter, type WitnessReport } from "./witness.ts";

export interface AwsLocalOptions {
  /** 0, the default, takes a free port. */
  readonly port?: number | undefined;
  /** Where data is kept; without it everything is forgotten at close. */
  readonly dataFolder?: string | undefined;
  /** The model ids that exist, with profile prefixes; any id does when absent. */
  readonly models?: readonly LocalModel[] | undefined;
  /** The simulated model's speed; as fast as the client reads when absent. */
  readonly speed?: Partial<Speed> | undefined;
  /** Turns model invocation logging to this bucket on. */
  readonly invocationLogBucket?: string | undefined;
  /** How late the log shows an invocation that has ended; as soon as it can when absent. */
  readonly invocationLogDelayMs?: number | undefined;
  readonly region?: string | undefined;
  /** An OpenAI-compatible server (up to and without "/chat/completions") that answers instead of the simulation. */
  readonly modelUrl?: string | undefined;
  readonly modelName?: string | undefined;
  readonly modelApiKey?: string | undefined;
  /** The clock of CloudWatch, SNS, SQS, AgentCore and Bedrock's sessions, in milliseconds since the Unix epoch; the machine's when absent. */
  readonly nowMs?: (() => number) | undefined;
  /** How AgentCore behaves from the start. */
  readonly agentCore?: AgentCoreBehaviour | undefined;
}

export interface AwsLocal {
  /** For AWS_ENDPOINT_URL. */
  readonly url: string;
  readonly gate: Gate;
  witness(filter?: WitnessFilter): WitnessReport;
  /** What SNS published since the start, on every topic or on one. */
  published(topicArn?: string): readonly PublishedMessage[];
  addFault(fault: FaultRequest): void;
  clearFaults(): void;
  setSpeed(change: Partial<Speed>): Speed;
  setAgentCore(change: AgentCoreBehaviour): Required<AgentCoreBehaviour>;
  /** Resolves when the invocation log shows every call that has ended. */
  flushInvocationLog(): Promise<void>;
  /** Stops at once: open connections are cut, stores are closed. */
  close(): Promise<void>;
}

/** Starts the server on loopback. */
export async function startAwsLocal(options: AwsLocalOptions = {}): Promise<AwsLocal> {
  const { dataFolder } = options;
  if (dataFolder !== undefined) {
    await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  }
  const faults = new Faults();
  const gate = new Gate();
  const witness = new Witness(dataFolder && join(dataFolder, "witness.jsonl"));
  let speed: Speed = { timeToFirstTokenMs: 0, tokensPerSecond: 0, ...options.speed };
  const setSpeed = (change: Partial<Speed>) => {
    speed = { ...speed, ...change };
    return speed;
  };
  const s3Folder = dataFolder ? join(dataFolder, "s3") : await mkdtemp(join(tmpdir(), "aws-local-s3-"));
  const store = new ObjectStore(s3Folder);
  const logBucket = options.invocationLogBucket;
  const region = options.region ?? "us-east-1";
  const log =
    logBucket === undefined
      ? undefined
      : new InvocationLog(store, logBucket, region, options.invocationLogDelayMs);
  if (logBucket !== undefined && !(await store.createBucket(logBucket))) {
    throw new Error(`"${logBucket}" is not a bucket name that S3 allows.`);
  }
  const { modelUrl } = options;
  const realModel =
    modelUrl === undefined
      ? undefined
      : { url: modelUrl, name: options.modelName, apiKey: options.modelApiKey };
  const dynamoDb = await startDynamoDb(dataFolder && join(dataFolder, "dynamodb"), faults);
  const nowMs = options.nowMs ?? systemNowMs;
  const topics = new Topics(
    dataFolder && join(dataFolder, "sns", "topics.json"),
    `arn:aws:sns:${region}:${accountId}`,
  );
  const publisher = new Publisher(topics, nowMs, () => listener.url);
  const cloudWatch = await startCloudWatch(dataFolder && join(dataFolder, "cloudwatch"), faults, {
    accountId,
    region,
    nowMs,
    notify: (arn, message) => {
      if (topics.has(arn)) {
        publisher.publish(arn, { ...message, attributes: {} });
      }
    },
  });
  const queues = new Queues(
    dataFolder && join(dataFolder, "sqs", "messages.jsonl"),
    `arn:aws:sqs:${region}:${accountId}`,
    nowMs,
  );
  const agentCore = openAgentCore(dataFolder && join(dataFolder, "agentcore"), faults, {
    nowMs,
    region,
    served: (operation) => witness.memory.add(operation),
  });
  const setAgentCore = (change: AgentCoreBehaviour) => agentCore.behave(change);
  setAgentCore(options.agentCore ?? {});
  const sessions = openBedrockSessions(dataFolder && join(dataFolder, "bedrock-sessions"), faults, {
    nowMs,
    region,
  });
  const profiles = new Profiles(dataFolder && join(dataFolder, "bedrock"), region);
  const bedrock = {
    profiles,
    models: options.models,
    realModel,
    cache: new PromptCache(),
    faults,
    gate,
    witness,
    speed: () => speed,
    log: (invocation: ServedInvocation) => log?.add(invocation),
  };
  const control = { witness, faults, gate, setSpeed, publisher, setAgentCore };
  const sns = { topics, publisher, accountId };
  const listener = await listen(options.port ?? 0, async (exchange) => {
    if (String(exchange.headers["x-amz-target"]).startsWith("DynamoDB_")) {
      await dynamoDb.serve(exchange);
    } else if (String(exchange.headers["x-amz-target"]).startsWith(cloudWatchTarget)) {
      await cloudWatch.serve(exchange);
    } else if (String(exchange.headers["x-amz-target"]).startsWith(sqsTarget)) {
      await serveSqs(exchange, queues, faults, nowMs);
    } else if (isSns(exchange)) {
      await serveSns(exchange, sns, faults);
    } else if (exchange.path.startsWith("/model/")) {
      await serveBedrock(exchange, bedrock);
    } else if (exchange.path.startsWith(guardrailPath)) {
      serveGuardrail(exchange, bedrock);
    } else if (exchange.path.startsWith(profilesPath)) {
      serveProfiles(exchange, profiles);
    } else if (exchange.path.startsWith(agentCorePath)) {
      await agentCore.serve(exchange);
    } else if (exchange.path.startsWith(sessionsPath)) {
      await sessions.serve(exchange);
    } else if (exchange.path.startsWith(controlPath)) {
      serveControl(exchange, control);
    } else {
      await serveS3(exchange, store, faults);
    }
  });
  return {
    url: listener.url,
    gate,
    witness: (filter = {}) => witness.report(filter),
    published: (topicArn) => publisher.published(topicArn),
    addFault: (fault) => faults.add(fault),
    clearFaults: () => faults.clear(),
    setSpeed,
    setAgentCore,
    flushInvocationLog: async () => log?.flush(),
    async close() {
      await listener.close();
      await log?.close();
      cloudWatch.close();
      queues.close();
      agentCore.close();
      sessions.close();
      await publisher.close();
      await dynamoDb.close();
      witness.close();
      if (dataFolder === undefined) {
        await rm(s3Folder, { recursive: true, force: true });
      }
    },
  };
}
