/** For tests: the whole API on a local AWS of its own, with what it logged and the stores behind it. */
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { TokenCalibration } from "@caprock/context";
import { type ApiKey, ManualClock, newRequestId, type Tenant } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import { BedrockInferenceProfiles, HttpBedrockRuntime } from "@caprock/inference/bedrock";
import { AgentCoreMemory, ensureMemory } from "@caprock/memory/agentcore";
import { DynamoIngestionMarks, DynamoSessionStore, DynamoVectorStore } from "@caprock/memory/dynamodb";
import { createLocalBucket, S3TurnBodies } from "@caprock/memory/s3";
import { ingestionsTable, sessionsTable } from "@caprock/memory/tables";
import {
  BufferedCallMetrics,
  type CallMetrics,
  ClosedMonthLedger,
  currentPriceBook,
  HoldAdmission,
  type LedgerStore,
  MeasuredLedger,
  RollingLedgerStore,
  TenantLabels,
} from "@caprock/metering";
import { CloudWatchMetricSink, CloudWatchMetricUsage } from "@caprock/metering/cloudwatch";
import {
  DynamoAccountStore,
  DynamoAdjustmentStore,
  DynamoAlertRuleStore,
  DynamoAlertStore,
  DynamoClosedMonthStore,
  DynamoLedgerStore,
  DynamoReconciliationStore,
  DynamoRollUpStore,
} from "@caprock/metering/dynamodb";
import {
  accountsTable,
  adjustmentsTable,
  alertRulesTable,
  alertsTable,
  closedMonthsTable,
  ledgerTable,
  reconciliationsTable,
  rollupsTable,
} from "@caprock/metering/tables";
import {
  createAgentCoreClient,
  createAgentCoreControlClient,
  createBedrockClient,
  createCloudWatchClient,
  createDocumentClient,
  createLogger,
  createS3Client,
  localCredentials,
  systemPause,
  systemRandom,
  systemRepeat,
  systemTimer,
} from "@caprock/platform";
import {
  type AuditLog,
  accessTokens,
  CachedPlatformLimits,
  createTenant,
  issueApiKey,
  newSecret,
  newTokenKey,
  sha256Hex,
} from "@caprock/tenancy";
import {
  DynamoApiKeyStore,
  DynamoAuditLog,
  DynamoIdempotencyStore,
  DynamoPlatformLimitsStore,
  DynamoTenantStore,
} from "@caprock/tenancy/dynamodb";
import { OidcIdentityProviders } from "@caprock/tenancy/oidc";
import { auditTable, idempotencyTable, tenancyTable } from "@caprock/tenancy/tables";
import { HistorySearch, KeptVectors, RunningTurns } from "@caprock/turn";
import { type ApiParts, createApi } from "../app.ts";
import { oncePerHour } from "../unpriced-warning.ts";
import { ManualTimer } from "./manual-timer.ts";

const region = "us-east-1";
const prefix = "test";
const keptForMs = 86_400_000;
const turnBodiesBucket = "test-turn-bodies";

export interface OpenApi {
  readonly awsLocal: AwsLocal;
  readonly clock: ManualClock;
  readonly accounts: DynamoAccountStore;
  readonly ledger: LedgerStore;
  readonly rollUps: DynamoRollUpStore;
  readonly adjustments: DynamoAdjustmentStore;
  readonly closedMonths: DynamoClosedMonthStore;
  readonly alerts: DynamoAlertStore;
  readonly reconciliations: DynamoReconciliationStore;
  /** Flushed by tests alone. */
  readonly metrics: CallMetrics;
  readonly audit: AuditLog;
  readonly adminToken: string;
  readonly accessKeySecret: string;
  /** The lines that were logged, oldest first. */
  readonly log: readonly Record<string, unknown>[];
  /** What the API was built of. */
  readonly parts: ApiParts;
  /** Times the heartbeats of streams. */
  readonly silences: ManualTimer;
  /** Gives a request to the API as its servers do. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** The same for a path. An `undefined` body sends none. */
  send(
    method: string,
    path: string,
    sent?: { readonly key?: string | undefined; readonly body?: unknown; readonly signal?: AbortSignal },
  ): Promise<Response>;
  /** A tenant with a key, as its text and as it is stored; its month is that of `timeZone`. */
  newTenant(
    timeZone?: string,
  ): Promise<{ readonly tenant: Tenant; readonly apiKey: string; readonly stored: ApiKey }>;
  close(): Promise<void>;
}

export async function openApi(startMs: number): Promise<OpenApi> {
  const clock = new ManualClock(startMs);
  const awsLocal = await startAwsLocal({ nowMs: () => clock.now(), agentCore: { rateLimits: false } });
  const client = createDocumentClient({ region, endpoint: awsLocal.url, credentials: localCredentials });
  await createTables(client, prefix, [
    tenancyTable,
    auditTable,
    sessionsTable,
    ingestionsTable,
    idempotencyTable,
    accountsTable,
    ledgerTable,
    adjustmentsTable,
    closedMonthsTable,
    alertsTable,
    alertRulesTable,
    reconciliationsTable,
    rollupsTable,
  ]);
  const access = { region, endpoint: awsLocal.url, credentials: localCredentials };
  const s3 = createS3Client(access);
  await createLocalBucket(s3, turnBodiesBucket);
  const memoryId = await ensureMemory(createAgentCoreControlClient(access), "test");
  const random = systemRandom;
  const tenants = new DynamoTenantStore(client, prefix);
  const apiKeys = new DynamoApiKeyStore(client, prefix);
  const platformLimits = new DynamoPlatformLimitsStore(client, prefix);
  const audit = new DynamoAuditLog(client, prefix);
  const catalog = createCatalog(allModels);
  const accounts = new DynamoAccountStore(client, prefix);
  const cloudWatch = createCloudWatchClient(
    { region, endpoint: awsLocal.url, credentials: localCredentials },
    { retries: false },
  );
  const policy = { cardinality: "all", topTenants: 1 } as const;
  const metrics = new BufferedCallMetrics({
    sink: new CloudWatchMetricSink({
      client: cloudWatch,
      clock,
      onLoss: (data, error) => logger.error({ data, err: error }, "metrics lost"),
    }),
    labels: new TenantLabels(policy, async () => new Map(), clock),
    mostSamples: 100_000,
    onFailure: (what, error) => logger.warn({ what, err: error }, "metrics failed"),
  });
  const alerts = new DynamoAlertStore(client, prefix);
  const reconciliations = new DynamoReconciliationStore(client, prefix);
  const rollUps = new DynamoRollUpStore(client, prefix);
  const adjustments = new DynamoAdjustmentStore(client, prefix);
  const closedMonths = new DynamoClosedMonthStore(client, prefix);
  const closeAfterMs = 3 * 86_400_000;
  const measured = new MeasuredLedger({
    ledger: new DynamoLedgerStore(client, prefix),
    metrics,
    settlesCalls: true,
  });
  const ledger = new ClosedMonthLedger({
    ledger: new RollingLedgerStore({ ledger: measured, rollUps, clock }),
    closedMonths,
    adjustments,
    clock,
    closeAfterMs,
  });
  const bedrock = new HttpBedrockRuntime({
    endpoint: awsLocal.url,
    region,
    credentials: () => Promise.resolve(localCredentials),
    clock,
    idleTimeoutMs: 30_000,
  });
  const adminToken = newSecret(random);
  const accessKeySecret = newSecret(random);
  const tokens = accessTokens(newTokenKey());
  const authentication = { tenants, apiKeys, clock, accessKeySecret, accessTokens: tokens };
  const maxBodyBytes = 1_000_000;
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: "api",
    level: "info",
    destination: { write: (line) => log.push(JSON.parse(line)) },
  });
  const cachedPlatformLimits = new CachedPlatformLimits({
    store: platformLimits,
    clock,
    maxAgeMs: 5_000,
    onFailure: (error) => logger.error({ err: error }, "platform limits not read"),
  });
  const silences = new ManualTimer();
  const idempotency = {
    store: new DynamoIdempotencyStore({ client, tablePrefix: prefix, clock, keptForMs }),
    clock,
    pause: systemPause,
    leaseMs: 60_000,
    waitMs: 1_000,
    secret: accessKeySecret,
    onFailure: (error: unknown) => logger.warn({ err: error }, "an answer was not stored"),
  };
  const sessionParts = { client, tablePrefix: prefix, clock, keptForMs: 86_400_000 };
  const memory = {
    sessions: new DynamoSessionStore({ ...sessionParts, bodies: new S3TurnBodies(s3, turnBodiesBucket) }),
    vectors: new DynamoVectorStore(sessionParts),
    longTerm: {
      memory: new AgentCoreMemory({ client: createAgentCoreClient(access), memoryId }),
      marks: new DynamoIngestionMarks(client, prefix),
    },
  };
  const parts: ApiParts = {
    logger,
    clock,
    random,
    admin: {
      tenants,
      apiKeys,
      platformLimits,
      audit,
      catalog,
      accounts,
      ledger,
      rollUps,
      adjustments,
      closedMonths,
      rerating: { priceBook: currentPriceBook(), region, closeAfterMs, correctableForMs: 3_600_000 },
      profiles: {
        inferenceProfiles: new BedrockInferenceProfiles(
          createBedrockClient({ region, endpoint: awsLocal.url, credentials: localCredentials }),
          region,
        ),
        region,
        tenantTag: "caprock-tenant",
        modelTag: "caprock-model",
      },
      memory,
      watch: {
        alerts,
        alertRules: new DynamoAlertRuleStore(client, prefix),
        reconciliations,
        reconciliationPlans: {
          "invocation-log": { graceMs: 7_200_000 },
          "billing-export": { graceMs: 259_200_000 },
        },
      },
      metrics: {
        destination: "cloudwatch",
        policy,
        usage: new CloudWatchMetricUsage({ client: cloudWatch, clock }),
        flushSeconds: 10,
      },
      clock,
      random,
      idempotency,
      adminTokenSha256: sha256Hex(adminToken),
      accessKeySecret,
      maxBodyBytes,
    },
    tenant: {
      authentication,
      tokens: {
        authentication,
        accessTokens: tokens,
        identityProviders: new OidcIdentityProviders(),
        clock,
      },
      idempotency,
      standings: { accounts, platformLimits: cachedPlatformLimits, clock },
      memory: { ...memory, clock },
      maxBodyBytes,
      timer: silences.timer,
      ledger,
      turn: {
        sessions: memory.sessions,
        search: new HistorySearch({
          turns: memory.sessions,
          clock,
          timer: systemTimer,
          deadlineMs: 10_000,
          turnsKeptForMs: keptForMs,
          mostBytes: 50_000_000,
          idleMs: 60_000,
          inBackground: () => undefined,
          onFailure: () => undefined,
        }),
        longTerm: undefined,
        embeddings: {
          vectors: memory.vectors,
          kept: new KeptVectors({ store: memory.vectors, mostBytes: 10_000_000, idleMs: 60_000 }),
          timer: silences.timer,
          deadlineMs: 1_000,
          onFailure: () => undefined,
        },
        sessionLeaseMs: 60_000,
        repeat: systemRepeat,
        onMemoryFailure: () => undefined,
        newRequestId: () => newRequestId(clock, random),
        inBackground: () => undefined,
        onSummaryFailure: () => undefined,
        catalog,
        priceBook: currentPriceBook(),
        admission: new HoldAdmission({
          accounts,
          ledger,
          clock,
          holdTtlMs: 60_000,
          resolvesLater: true,
          pause: systemPause,
        }),
        metrics,
        platformLimits: () => cachedPlatformLimits.read(),
        bedrock,
        clock,
        region,
        holdTtlMs: 60_000,
        defaultMaxOutputTokens: 500,
        openStreamMaxOutputTokens: 8_000,
        calibration: new TokenCalibration(),
        running: new RunningTurns(),
        onUnpriced: oncePerHour(clock, (what) => logger.warn({ ...what }, "no price")),
        onSettlementFailure: (requestId, error) =>
          logger.error({ requestId, err: error }, "settlement failed"),
      },
    },
  };
  const app = createApi(parts);
  const changing = { audit, clock, random, actor: "test" };
  const fetch = (request: Request) => app.fetch(request);
  return {
    awsLocal,
    clock,
    accounts,
    ledger,
    rollUps,
    adjustments,
    closedMonths,
    alerts,
    reconciliations,
    metrics,
    audit,
    adminToken,
    accessKeySecret,
    log,
    parts,
    silences,
    fetch,
    async send(method, path, { key, body, signal } = {}) {
      return fetch(
        new Request(`http://api.test${path}`, {
          method,
          headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          ...(signal ? { signal } : {}),
        }),
      );
    },
    async newTenant(timeZone = "UTC") {
      const tenant = await createTenant(
        { name: "Acme", timeZone, monthlyCapNanoUsd: 10_000_000_000n, requestsPerMinute: 1_000 },
        { tenants, ...changing },
      );
      const { text, apiKey: stored } = await issueApiKey(
        tenant.id,
        { name: "test" },
        { apiKeys, ...changing },
      );
      return { tenant, apiKey: text, stored };
    },
    async close() {
      await bedrock.close();
      cloudWatch.destroy();
      client.destroy();
      await awsLocal.close();
    },
  };
}
