/** Builds the API from its settings: the only place that makes clients and chooses adapters. */

import { TokenCalibration } from "@caprock/context";
import { newRequestId } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import { HttpBedrockRuntime } from "@caprock/inference/bedrock";
import { AlertRaiser, currentPriceBook, unpricedAlert } from "@caprock/metering";
import { DynamoAlertStore } from "@caprock/metering/dynamodb";
import {
  type ApiSettings,
  bedrockRuntimeEndpoint,
  systemClock as clock,
  createCredentialProvider,
  createDocumentClient,
  type Logger,
  systemRandom as random,
  systemRepeat,
  systemTimer,
} from "@caprock/platform";
import { accessTokens, CachedPlatformLimits, RecentCallers } from "@caprock/tenancy";
import {
  DynamoApiKeyStore,
  DynamoAuditLog,
  DynamoPlatformLimitsStore,
  DynamoTenantStore,
} from "@caprock/tenancy/dynamodb";
import { OidcIdentityProviders } from "@caprock/tenancy/oidc";
import { embeddingPauses, GrowingPauses, HistorySearch, KeptVectors, RunningTurns } from "@caprock/turn";
import { composeAdminMetrics, composeProfiles, composeWatch } from "./admin/composition.ts";
import type { ApiParts } from "./app.ts";
import { BackgroundWork } from "./background-work.ts";
import { composeIdempotency } from "./idempotency/composition.ts";
import { composeLongTerm } from "./long-term/composition.ts";
import { type AdmissionKind, composeMetering } from "./metering/composition.ts";
import { composeSessions } from "./sessions/composition.ts";
import { oncePerHour } from "./unpriced-warning.ts";
import { composeSocket } from "./websocket/composition.ts";
import type { SocketParts } from "./websocket/socket-parts.ts";

export interface ComposedApi extends ApiParts {
  /** What is still on its way when a call is answered. */
  readonly background: BackgroundWork;
  readonly socket: SocketParts;
}

export function composeApi(settings: ApiSettings, logger: Logger, kind: AdmissionKind): ComposedApi {
  const region = settings.AWS_REGION;
  const client = createDocumentClient({ region });
  const prefix = settings.CAPROCK_TABLE_PREFIX;
  const tenants = new DynamoTenantStore(client, prefix);
  const apiKeys = new DynamoApiKeyStore(client, prefix);
  const platformLimits = new DynamoPlatformLimitsStore(client, prefix);
  const cachedPlatformLimits = new CachedPlatformLimits({
    store: platformLimits,
    clock,
    maxAgeMs: platformLimitsMaxAgeMs,
    onFailure: (error) =>
      logger.error(
        { err: error },
        "the platform's limits could not be read anew; the copy before stays in force",
      ),
  });
  const catalog = createCatalog(allModels);
  const priceBook = currentPriceBook();
  const resolvesLater = settings.CAPROCK_INVOCATION_LOG_BUCKET !== undefined;
  const { admission, metrics, ...books } = composeMetering(settings, client, logger, kind, () =>
    tenants.list(),
  );
  const { accounts, ledger } = books;
  const raiser = new AlertRaiser(new DynamoAlertStore(client, prefix), clock);
  const background = new BackgroundWork((error) =>
    logger.error({ err: error }, "work behind an answer failed; an alert may not be raised"),
  );
  const longTerm = composeLongTerm(settings, client, logger, background);
  const { turnsKeptForMs, mostNewTurns, ...stores } = composeSessions(settings, client);
  const memory = {
    ...stores,
    longTerm: longTerm?.forget,
  };
  const maxBodyBytes = settings.CAPROCK_MAX_BODY_BYTES;
  const tokens =
    settings.CAPROCK_TOKEN_PRIVATE_KEY === undefined
      ? undefined
      : accessTokens(settings.CAPROCK_TOKEN_PRIVATE_KEY);
  const recentCallers = new RecentCallers(clock);
  const authentication = {
    tenants,
    apiKeys,
    recent: recentCallers,
    clock,
    accessKeySecret: settings.CAPROCK_ACCESS_KEY_SECRET,
    accessTokens: tokens,
  };
  const idempotency = composeIdempotency(settings, client, logger);
  const api: Omit<ComposedApi, "socket"> = {
    logger,
    clock,
    random,
    background,
    admin: {
      tenants,
      apiKeys,
      recentCallers,
      platformLimits,
      audit: new DynamoAuditLog(client, prefix),
      catalog,
      ...books,
      rerating: {
        priceBook,
        region,
        closeAfterMs: settings.CAPROCK_CLOSE_MONTH_AFTER_MS,
        correctableForMs: resolvesLater
          ? settings.CAPROCK_HOLD_TTL_MS + settings.CAPROCK_INVOCATION_LOG_GRACE_MS + workerSlackMs
          : 0,
      },
      memory,
      watch: composeWatch(settings, client),
      profiles: composeProfiles(settings),
      metrics: composeAdminMetrics(settings),
      clock,
      random,
      idempotency,
      adminTokenSha256: settings.CAPROCK_ADMIN_TOKEN_SHA256,
      accessKeySecret: settings.CAPROCK_ACCESS_KEY_SECRET,
      maxBodyBytes,
    },
    tenant: {
      authentication,
      tokens: tokens && {
        authentication,
        accessTokens: tokens,
        identityProviders: new OidcIdentityProviders(),
        clock,
      },
      idempotency,
      standings: { accounts, platformLimits: cachedPlatformLimits, clock },
      memory: { ...memory, clock },
      maxBodyBytes,
      timer: systemTimer,
      ledger,
      turn: {
        catalog,
        priceBook,
        admission,
        metrics,
        platformLimits: () => cachedPlatformLimits.read(),
        sessions: memory.sessions,
        search: new HistorySearch({
          turns: memory.sessions,
          clock,
          timer: systemTimer,
          deadlineMs: settings.CAPROCK_SEARCH_DEADLINE_MS,
          turnsKeptForMs,
          mostNewTurns,
          mostBytes: settings.CAPROCK_SEARCH_MEMORY_BYTES,
          idleMs: searchIndexIdleMs,
          inBackground: (work) => background.add(work),
          onFailure: (requestId, error) =>
            logger.warn(
              { requestId, err: error },
              "a chat's older turns could not be read, and were not searched",
            ),
        }),
        longTerm: longTerm?.turn,
        embeddings: {
          vectors: memory.vectors,
          pauses: new GrowingPauses(clock, embeddingPauses),
          kept: new KeptVectors({
            store: memory.vectors,
            mostBytes: settings.CAPROCK_VECTOR_MEMORY_BYTES,
            idleMs: searchIndexIdleMs,
          }),
          timer: systemTimer,
          deadlineMs: settings.CAPROCK_EMBEDDING_DEADLINE_MS,
          onFailure: (requestId, error) =>
            logger.warn(
              { requestId, err: error },
              "a session's turns or its question were not embedded; they are searched by their words",
            ),
        },
        sessionLeaseMs: settings.CAPROCK_SESSION_LEASE_MS,
        repeat: systemRepeat,
        onMemoryFailure: (requestId, error) =>
          logger.error({ requestId, err: error }, "a turn was answered and its session could not keep it"),
        newRequestId: () => newRequestId(clock, random),
        inBackground: (work) => background.add(work),
        onSummaryFailure: (requestId, error) =>
          logger.warn(
            { requestId, err: error },
            "no summary was made after a turn; its history is as it was",
          ),
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
        openStreamMaxOutputTokens: settings.CAPROCK_OPEN_STREAM_MAX_OUTPUT_TOKENS,
        calibration: new TokenCalibration(),
        running: new RunningTurns(),
        onUnpriced: oncePerHour(clock, (what) => {
          logger.warn({ ...what }, "calls are refused because the price book has no price for them");
          background.add(raiser.raise(unpricedAlert(what, clock.now())));
        }),
        onSettlementFailure: (requestId, error) =>
          logger.error({ requestId, err: error }, "settlement failed; the hold's expiry will mend it"),
      },
    },
  };
  return { ...api, socket: composeSocket(settings, api, client) };
}

/** What is deleted in one process is out of the others' memory after this long; none of them answers from it before. */
const searchIndexIdleMs = 15 * 60_000;

/** How much later than it is due the worker may come by. */
const workerSlackMs = 600_000;

/** The contract states it: an edit of the platform's limits is in force everywhere after this long. */
const platformLimitsMaxAgeMs = 5_000;
