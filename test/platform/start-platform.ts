/** The platform for tests: a local AWS in this process, and the API and the worker as real processes beside it. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { type AdminClient, createAdminClient } from "@caprock/contract";
import { createLocalBucket } from "@caprock/memory/s3";
import * as memoryTables from "@caprock/memory/tables";
import { DynamoAccountStore, DynamoLedgerStore } from "@caprock/metering/dynamodb";
import * as meteringTables from "@caprock/metering/tables";
import {
  createDocumentClient,
  createS3Client,
  type DocumentClient,
  localAwsEnvironment,
  localCredentials,
  systemRandom,
} from "@caprock/platform";
import { newSecret, sha256Hex } from "@caprock/tenancy";
import * as tenancyTables from "@caprock/tenancy/tables";
import * as turnTables from "@caprock/turn/tables";
import { type Child, startChild } from "./child.ts";
import { logCallsOfOthers } from "./others-log.ts";

export const tablePrefix = "test";
export const turnBodiesBucket = "test-turn-bodies";
const invocationLogBucket = "test-invocation-log";

type Environment = Readonly<Record<string, string | undefined>>;

/** An API process. */
export interface Api extends Child {
  readonly url: string;
}

/** A tenant with one key, made through the admin API. */
export interface TestTenant {
  readonly id: string;
  readonly apiKey: string;
  readonly apiKeyId: string;
  /** The same key for SDKs that sign. */
  readonly accessKey: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface TenantWish {
  readonly capUsd?: string;
  readonly requestsPerMinute?: number;
}

export interface Platform {
  readonly awsLocal: AwsLocal;
  readonly apis: readonly Api[];
  /** The first API's address. */
  readonly url: string;
  readonly adminToken: string;
  readonly admin: AdminClient;
  readonly documents: DocumentClient;
  readonly accounts: DynamoAccountStore;
  readonly ledger: DynamoLedgerStore;
  createTenant(wish?: TenantWish): Promise<TestTenant>;
  /** One more API process. */
  startApi(environment?: Environment): Promise<Api>;
  /** A worker process whose rounds follow each other at once. */
  startWorker(environment?: Environment): Promise<Child>;
  /** Everything that any process has logged. */
  logs(): Promise<string>;
  /** Ends every process, also one that a failed test has left in the middle of something. */
  close(): Promise<void>;
}

export interface PlatformOptions {
  readonly apis?: number;
  readonly environment?: Environment;
  readonly invocationLogDelayMs?: number;
}

export async function startPlatform({
  apis: count = 1,
  environment = {},
  invocationLogDelayMs = 0,
}: PlatformOptions = {}): Promise<Platform> {
  const awsLocal = await startAwsLocal({ invocationLogBucket, invocationLogDelayMs });
  const logFolder = await mkdtemp(join(tmpdir(), "caprock-test-"));
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  const tables = [
    ...Object.values(tenancyTables),
    ...Object.values(meteringTables),
    ...Object.values(turnTables),
    ...Object.values(memoryTables),
  ];
  await createTables(client, tablePrefix, tables);
  const s3 = createS3Client({ region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials });
  await createLocalBucket(s3, turnBodiesBucket);
  const adminToken = newSecret(systemRandom);
  const children: Child[] = [];
  const silenceOthers = logCallsOfOthers(awsLocal.url, invocationLogBucket);
  let started = 0;

  async function start(app: "api" | "worker", own: Environment): Promise<Child> {
    started += 1;
    const child = await startChild({
      app,
      environment: { ...localEnvironment(awsLocal.url, adminToken), ...environment, ...own },
      logFile: join(logFolder, `${app}-${started}.log`),
    });
    children.push(child);
    return child;
  }

  async function startApi(own: Environment = {}): Promise<Api> {
    const child = await start("api", own);
    return { ...child, url: `http://127.0.0.1:${child.ready.port}` };
  }

  async function close(): Promise<void> {
    for (const child of children) {
      child.signal("SIGKILL");
    }
    await Promise.all(children.map(({ ended }) => ended));
    client.destroy();
    s3.destroy();
    silenceOthers();
    await awsLocal.close();
    await rm(logFolder, { recursive: true, force: true });
  }

  try {
    const apis = await Promise.all(Array.from({ length: count }, () => startApi()));
    const url = apis[0]?.url ?? "";
    const admin = createAdminClient({ baseUrl: url, token: adminToken });
    return {
      awsLocal,
      apis,
      url,
      adminToken,
      admin,
      documents: client,
      accounts: new DynamoAccountStore(client, tablePrefix),
      ledger: new DynamoLedgerStore(client, tablePrefix),
      async createTenant({ capUsd = "100", requestsPerMinute = 1_000_000 } = {}) {
        const { id } = await admin.createTenant({
          body: { name: "Test tenant", monthlyCapUsd: capUsd, requestsPerMinute },
        });
        const key = await admin.createApiKey({ params: { tenantId: id }, body: { name: "test" } });
        if (!key.accessKey) {
          throw new Error("The admin API showed no access key pair.");
        }
        return { id, apiKey: key.apiKey, apiKeyId: key.id, accessKey: key.accessKey };
      },
      startApi,
      startWorker: (own = {}) => start("worker", own),
      async logs() {
        const files = await readdir(logFolder);
        const texts = await Promise.all(files.map((file) => readFile(join(logFolder, file), "utf8")));
        return texts.join("\n");
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Only the local AWS can be reached, whatever the shell of the developer has set. */
export function localEnvironment(awsLocalUrl: string, adminToken: string): Environment {
  return {
    ...localAwsEnvironment(awsLocalUrl),
    CAPROCK_TABLE_PREFIX: tablePrefix,
    CAPROCK_TURN_BODIES_BUCKET: turnBodiesBucket,
    CAPROCK_INVOCATION_LOG_BUCKET: invocationLogBucket,
    CAPROCK_ADMIN_TOKEN_SHA256: sha256Hex(adminToken),
    CAPROCK_ACCESS_KEY_SECRET: sha256Hex(`access keys of ${adminToken}`),
    CAPROCK_API_PORT: "0",
    CAPROCK_WORKER_PORT: "0",
    CAPROCK_WORKER_INTERVAL_MS: "100",
    CAPROCK_INVOCATION_LOG_GRACE_MS: "500",
    CAPROCK_INVOCATION_LOG_RETRY_MS: "100",
    CAPROCK_INGESTION_DELAY_MS: "0",
    CAPROCK_DRAIN_TIMEOUT_MS: "20000",
  };
}
