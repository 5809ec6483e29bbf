/** For tests: the whole API on a local AWS of its own, with what it logged and the stores behind it. */
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock, type Tenant } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import { HttpBedrockRuntime } from "@caprock/inference/bedrock";
import { currentPriceBook, type LedgerStore } from "@caprock/metering";
import { DynamoAccountStore, DynamoLedgerStore } from "@caprock/metering/dynamodb";
import { accountsTable, ledgerTable } from "@caprock/metering/tables";
import { createDocumentClient, createLogger, localCredentials, systemRandom } from "@caprock/platform";
import { createTenant, issueApiKey, newSecret, sha256Hex } from "@caprock/tenancy";
import { DynamoApiKeyStore, DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import { tenancyTable } from "@caprock/tenancy/tables";
import { RunningTurns } from "@caprock/turn";
import { createApi } from "../app.ts";

const region = "us-east-1";
const prefix = "test";

export interface OpenApi {
  readonly awsLocal: AwsLocal;
  readonly clock: ManualClock;
  readonly accounts: DynamoAccountStore;
  readonly ledger: LedgerStore;
  readonly adminToken: string;
  /** The lines that were logged, oldest first. */
  readonly log: readonly Record<string, unknown>[];
  /** Gives a request to the API as its servers do. */
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** The same for a path. An `undefined` body sends none. */
  send(
    method: string,
    path: string,
    sent?: { readonly key?: string | undefined; readonly body?: unknown; readonly signal?: AbortSignal },
  ): Promise<Response>;
  /** A tenant with a key; its month is that of `timeZone`. */
  newTenant(timeZone?: string): Promise<{ readonly tenant: Tenant; readonly apiKey: string }>;
  close(): Promise<void>;
}

export async function openApi(startMs: number): Promise<OpenApi> {
  const awsLocal = await startAwsLocal();
  const client = createDocumentClient({ region, endpoint: awsLocal.url, credentials: localCredentials });
  await createTables(client, prefix, [tenancyTable, accountsTable, ledgerTable]);
  const clock = new ManualClock(startMs);
  const random = systemRandom;
  const tenants = new DynamoTenantStore(client, prefix);
  const apiKeys = new DynamoApiKeyStore(client, prefix);
  const accounts = new DynamoAccountStore(client, prefix);
  const ledger = new DynamoLedgerStore(client, prefix);
  const bedrock = new HttpBedrockRuntime({
    endpoint: awsLocal.url,
    region,
    credentials: () => Promise.resolve(localCredentials),
    clock,
    idleTimeoutMs: 30_000,
  });
  const adminToken = newSecret(random);
  const maxBodyBytes = 1_000_000;
  const log: Record<string, unknown>[] = [];
  const logger = createLogger({
    service: "api",
    level: "info",
    destination: { write: (line) => log.push(JSON.parse(line)) },
  });
  const app = createApi({
    logger,
    clock,
    random,
    admin: {
      tenants,
      apiKeys,
      accounts,
      ledger,
      clock,
      random,
      adminTokenSha256: sha256Hex(adminToken),
      maxBodyBytes,
    },
    tenant: {
      authentication: { tenants, apiKeys, clock },
      maxBodyBytes,
      turn: {
        catalog: createCatalog(allModels),
        priceBook: currentPriceBook(),
        accounts,
        ledger,
        bedrock,
        clock,
        region,
        holdTtlMs: 60_000,
        defaultMaxOutputTokens: 500,
        resolvesLater: true,
        running: new RunningTurns(),
        onSettlementFailure: (requestId, error) =>
          logger.error({ requestId, err: error }, "settlement failed"),
      },
    },
  });
  const fetch = (request: Request) => app.fetch(request);
  return {
    awsLocal,
    clock,
    accounts,
    ledger,
    adminToken,
    log,
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
        { tenants, clock, random },
      );
      const { text } = await issueApiKey(tenant.id, "test", { apiKeys, clock, random });
      return { tenant, apiKey: text };
    },
    async close() {
      await bedrock.close();
      client.destroy();
      await awsLocal.close();
    },
  };
}
