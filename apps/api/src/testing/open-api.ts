/** For tests: the whole API on a local AWS of its own, with what it logged and the stores behind it. */
import type { AwsLocal } from "@caprock/aws-local";
import { type ApiKey, ManualClock, type Tenant } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import { BedrockInferenceProfiles } from "@caprock/inference/bedrock";
import { currentPriceBook } from "@caprock/metering";
import {
  DynamoAlertRuleStore,
  DynamoAlertStore,
  DynamoReconciliationStore,
} from "@caprock/metering/dynamodb";
import { createBedrockClient, createLogger, systemPause, systemRandom } from "@caprock/platform";
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
import { type ApiParts, createApi } from "../app.ts";
import { startLocalAws } from "./local-aws.ts";
import { ManualTimer } from "./manual-timer.ts";
import { keptForMs, openMemory } from "./open-memory.ts";
import { type OpenMetering, openMetering } from "./open-metering.ts";
import { openTurnParts } from "./open-turn-parts.ts";

export interface OpenApi extends Readonly<OpenMetering["books"]> {
  readonly awsLocal: AwsLocal;
  readonly clock: ManualClock;
  readonly alerts: DynamoAlertStore;
  readonly reconciliations: DynamoReconciliationStore;
  /** Flushed by tests alone. */
  readonly metrics: OpenMetering["metrics"];
  readonly audit: AuditLog;
  readonly adminToken: string;
  readonly accessKeySecret: string;
  /** The lines that were logged, oldest first. */
  readonly log: readonly Record<string, unknown>[];
  /** What the API was built of. */
  readonly parts: ApiParts;
  /** Times the heartbeats of streams. */
  readonly silences: ManualTimer;
  /** Times how long callers wait for long-term memory: a second. */
  readonly waits: ManualTimer;
  /** What nobody waits for any more. */
  readonly behind: readonly Promise<unknown>[];
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
  const aws = await startLocalAws(clock);
  const { awsLocal, client, prefix } = aws;
  const random = systemRandom;
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: "api",
    level: "info",
    destination: { write: (line) => log.push(JSON.parse(line)) },
  });
  const tenants = new DynamoTenantStore(client, prefix);
  const apiKeys = new DynamoApiKeyStore(client, prefix);
  const platformLimits = new DynamoPlatformLimitsStore(client, prefix);
  const audit = new DynamoAuditLog(client, prefix);
  const catalog = createCatalog(allModels);
  const metering = openMetering(aws, clock, logger);
  const { books } = metering;
  const alerts = new DynamoAlertStore(client, prefix);
  const reconciliations = new DynamoReconciliationStore(client, prefix);
  const adminToken = newSecret(random);
  const accessKeySecret = newSecret(random);
  const tokens = accessTokens(newTokenKey());
  const authentication = { tenants, apiKeys, clock, accessKeySecret, accessTokens: tokens };
  const maxBodyBytes = 1_000_000;
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
  const waits = new ManualTimer();
  const behind: Promise<unknown>[] = [];
  const memory = await openMemory(aws, clock, {
    deadline: { timer: waits.timer, deadlineMs: 1_000 },
    inBackground: (work) => void behind.push(work),
  });
  const turn = openTurnParts(aws, {
    clock,
    logger,
    catalog,
    memory,
    metering,
    platformLimits: () => cachedPlatformLimits.read(),
    timer: silences.timer,
  });
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
      ...books,
      rerating: {
        priceBook: currentPriceBook(),
        region: aws.access.region,
        closeAfterMs: metering.closeAfterMs,
        correctableForMs: 3_600_000,
      },
      profiles: {
        inferenceProfiles: new BedrockInferenceProfiles(createBedrockClient(aws.access), aws.access.region),
        region: aws.access.region,
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
      metrics: metering.adminMetrics,
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
      standings: { accounts: books.accounts, platformLimits: cachedPlatformLimits, clock },
      memory: { ...memory, clock },
      maxBodyBytes,
      timer: silences.timer,
      ledger: books.ledger,
      turn,
    },
  };
  const app = createApi(parts);
  const changing = { audit, clock, random, actor: "test" };
  const fetch = (request: Request) => app.fetch(request);
  return {
    awsLocal,
    clock,
    ...books,
    alerts,
    reconciliations,
    metrics: metering.metrics,
    audit,
    adminToken,
    accessKeySecret,
    log,
    parts,
    silences,
    waits,
    behind,
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
      await turn.bedrock.close();
      metering.close();
      client.destroy();
      await awsLocal.close();
    },
  };
}
