/** Builds the API from its settings: the only place that makes clients and chooses adapters. */
import { allModels, createCatalog } from "@caprock/inference";
import { HttpBedrockRuntime } from "@caprock/inference/bedrock";
import { currentPriceBook } from "@caprock/metering";
import { DynamoAccountStore, DynamoLedgerStore } from "@caprock/metering/dynamodb";
import {
  type ApiSettings,
  bedrockRuntimeEndpoint,
  systemClock as clock,
  createCredentialProvider,
  createDocumentClient,
  type Logger,
  systemRandom as random,
} from "@caprock/platform";
import { DynamoApiKeyStore, DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import { RunningTurns } from "@caprock/turn";
import type { ApiParts } from "./app.ts";

export function composeApi(settings: ApiSettings, logger: Logger): ApiParts {
  const region = settings.AWS_REGION;
  const client = createDocumentClient({ region });
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const tenants = new DynamoTenantStore(client, prefix);
  const apiKeys = new DynamoApiKeyStore(client, prefix);
  const accounts = new DynamoAccountStore(client, prefix);
  const ledger = new DynamoLedgerStore(client, prefix);
  const maxBodyBytes = settings.CAPROCK_MAX_BODY_BYTES;
  return {
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
      adminTokenSha256: settings.CAPROCK_ADMIN_TOKEN_SHA256,
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
        bedrock: new HttpBedrockRuntime({
          endpoint: bedrockRuntimeEndpoint(settings),
          region,
          credentials: createCredentialProvider({ region }),
          clock,
          idleTimeoutMs: settings.CAPROCK_UPSTREAM_IDLE_TIMEOUT_MS,
        }),
        clock,
        region,
        holdTtlMs: settings.CAPROCK_HOLD_TTL_MS,
        defaultMaxOutputTokens: settings.CAPROCK_DEFAULT_MAX_OUTPUT_TOKENS,
        resolvesLater: settings.CAPROCK_INVOCATION_LOG_BUCKET !== undefined,
        running: new RunningTurns(),
        onSettlementFailure: (requestId, error) =>
          logger.error({ requestId, err: error }, "settlement failed; the hold's expiry will mend it"),
      },
    },
  };
}
