/** For tests: everything a turn works with, on a local AWS of its own. */
import { type AwsLocal, createTables, startAwsLocal } from "@caprock/aws-local";
import { TokenCalibration } from "@caprock/context";
import { ManualClock, newRequestId, noPlatformLimits, stoppedTimer, type Tenant } from "@caprock/domain";
import {
  allModels,
  type BedrockRuntime,
  type ConverseCall,
  type CountCall,
  createCatalog,
  type GuardrailCall,
  type InvokeCall,
} from "@caprock/inference";
import { HttpBedrockRuntime } from "@caprock/inference/bedrock";
import { DynamoSessionStore, DynamoVectorStore } from "@caprock/memory/dynamodb";
import { createLocalBucket, S3TurnBodies } from "@caprock/memory/s3";
import { sessionsTable } from "@caprock/memory/tables";
import {
  type Admission,
  currentPriceBook,
  HoldAdmission,
  heldOn,
  type LedgerStore,
  noMetrics,
  tenantLimits,
} from "@caprock/metering";
import { DynamoAccountStore, DynamoLedgerStore } from "@caprock/metering/dynamodb";
import { accountsTable, ledgerTable } from "@caprock/metering/tables";
import {
  createDocumentClient,
  createS3Client,
  localCredentials,
  systemRandom,
  systemRepeat,
} from "@caprock/platform";
import { type ConverseOperation, converse } from "../converse-operation.ts";
import { DynamoLiveTurnStore } from "../dynamodb/index.ts";
import { embeddingPauses } from "../embedder.ts";
import { GrowingPauses } from "../growing-pauses.ts";
import type { LiveTurnStore } from "../live/live-turn-store.ts";
import { RunningTurns } from "../running-turns.ts";
import { HistorySearch } from "../search/history-search.ts";
import { KeptVectors } from "../search/kept-vectors.ts";
import { liveTurnsTable } from "../tables.ts";
import type { TurnParts, TurnRequest, UnpricedCall } from "../turn-request.ts";

const region = "us-east-1";
const prefix = "test";
const keptForMs = 86_400_000;
const turnBodiesBucket = "test-turn-bodies";
export const modelId = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
export const startMs = Date.parse("2026-11-22T12:00:00Z");

/** Keeps what is asked of Bedrock, and asks it. */
class RecordingRuntime implements BedrockRuntime {
  readonly calls: ConverseCall[] = [];
  private readonly real: BedrockRuntime;

  constructor(real: BedrockRuntime) {
    this.real = real;
  }

  converse(call: ConverseCall) {
    this.calls.push(call);
    return this.real.converse(call);
  }

  invokeModel(call: InvokeCall) {
    return this.real.invokeModel(call);
  }

  invokeModelStream(call: InvokeCall) {
    return this.real.invokeModelStream(call);
  }

  applyGuardrail(call: GuardrailCall) {
    return this.real.applyGuardrail(call);
  }

  countTokens(call: CountCall) {
    return this.real.countTokens(call);
  }

  converseStream(call: ConverseCall) {
    this.calls.push(call);
    return this.real.converseStream(call);
  }
}

export interface OpenTurn {
  readonly awsLocal: AwsLocal;
  readonly clock: ManualClock;
  readonly parts: TurnParts;
  readonly ledger: LedgerStore;
  readonly liveTurns: LiveTurnStore;
  /** Another process's admission, on the same accounts. */
  admission(wanted: { resolvesLater: boolean }): Admission;
  /** What was asked of Bedrock, oldest first. */
  readonly calls: readonly ConverseCall[];
  /** The calls that had no price. */
  readonly unpriced: readonly UnpricedCall[];
  /** The requests whose settlement could not be written. */
  readonly settlementFailures: string[];
  /** Why summaries could not be made. */
  readonly summaryFailures: unknown[];
  /** Why turns, or questions, could not be embedded. */
  readonly embeddingFailures: unknown[];
  /** Resolves when what no answer waits for is done. */
  idle(): Promise<void>;
  newTenant(limits?: Partial<Tenant["limits"]>): Tenant;
  request(
    tenant: Tenant,
    wanted?: { text?: string; body?: Record<string, unknown> } & Partial<Omit<TurnRequest, "operation">>,
  ): TurnRequest & { readonly operation: ConverseOperation };
  /** A tenant's accounts as [available, settled, held]. */
  accounts(tenant: Tenant): Promise<{ requests: bigint[] | undefined; money: bigint[] | undefined }>;
  close(): Promise<void>;
}

export async function openTurn(): Promise<OpenTurn> {
  const awsLocal = await startAwsLocal();
  const client = createDocumentClient({ region, endpoint: awsLocal.url, credentials: localCredentials });
  await createTables(client, prefix, [accountsTable, ledgerTable, liveTurnsTable, sessionsTable]);
  const s3 = createS3Client({ region, endpoint: awsLocal.url, credentials: localCredentials });
  await createLocalBucket(s3, turnBodiesBucket);
  const clock = new ManualClock(startMs);
  const http = new HttpBedrockRuntime({
    endpoint: awsLocal.url,
    region,
    credentials: () => Promise.resolve(localCredentials),
    clock,
    idleTimeoutMs: 30_000,
  });
  const bedrock = new RecordingRuntime(http);
  const accounts = new DynamoAccountStore(client, prefix);
  const ledger = new DynamoLedgerStore(client, prefix);
  const bodies = new S3TurnBodies(s3, turnBodiesBucket);
  const sessions = new DynamoSessionStore({ client, tablePrefix: prefix, clock, keptForMs, bodies });
  const vectors = new DynamoVectorStore({ client, tablePrefix: prefix, clock, keptForMs });
  const admission = ({ resolvesLater }: { resolvesLater: boolean }) =>
    new HoldAdmission({ accounts, ledger, clock, holdTtlMs: 60_000, resolvesLater, pause: async () => {} });
  const settlementFailures: string[] = [];
  const background: Promise<void>[] = [];
  const summaryFailures: unknown[] = [];
  const embeddingFailures: unknown[] = [];
  const unpriced: UnpricedCall[] = [];
  let tenants = 0;
  return {
    awsLocal,
    clock,
    calls: bedrock.calls,
    settlementFailures,
    summaryFailures,
    embeddingFailures,
    idle: async () => void (await Promise.all(background.splice(0))),
    unpriced,
    ledger,
    liveTurns: new DynamoLiveTurnStore({ client, tablePrefix: prefix, clock, keptForMs: 3_600_000 }),
    admission,
    parts: {
      catalog: createCatalog(allModels),
      priceBook: currentPriceBook(),
      admission: admission({ resolvesLater: true }),
      metrics: noMetrics,
      platformLimits: async () => noPlatformLimits,
      sessions,
      search: new HistorySearch({
        turns: sessions,
        clock,
        timer: stoppedTimer,
        deadlineMs: 10_000,
        turnsKeptForMs: keptForMs,
        mostBytes: 50_000_000,
        idleMs: 60_000,
        inBackground: (work) => background.push(work),
        onFailure: (requestId) => settlementFailures.push(requestId),
      }),
      longTerm: undefined,
      embeddings: {
        vectors,
        kept: new KeptVectors({ store: vectors, mostBytes: 50_000_000, idleMs: 60_000 }),
        pauses: new GrowingPauses(clock, embeddingPauses),
        timer: stoppedTimer,
        deadlineMs: 5_000,
        onFailure: (_, error) => embeddingFailures.push(error),
      },
      sessionLeaseMs: 60_000,
      repeat: systemRepeat,
      onMemoryFailure: (requestId) => settlementFailures.push(requestId),
      newRequestId() {
        const id = newRequestId(clock, systemRandom);
        // As it may everywhere, time goes on between two looks at the clock.
        clock.advance(1);
        return id;
      },
      inBackground: (work) => background.push(work),
      onSummaryFailure: (_, error) => summaryFailures.push(error),
      bedrock,
      clock,
      region,
      holdTtlMs: 60_000,
      defaultMaxOutputTokens: 500,
      openStreamMaxOutputTokens: 8_000,
      calibration: new TokenCalibration(),
      running: new RunningTurns(),
      onUnpriced: (what) => unpriced.push(what),
      onSettlementFailure: (requestId) => settlementFailures.push(requestId),
    },
    newTenant(limits = {}) {
      tenants += 1;
      return {
        id: `t${String(tenants).padStart(12, "0")}`,
        name: "Acme",
        status: "active",
        timeZone: "UTC",
        limits: {
          monthlyCapNanoUsd: 10_000_000_000n,
          requestsPerMinute: 1_000,
          rules: [],
          overrides: [],
          overBudget: { kind: "refuse" },
          version: 1,
          ...limits,
        },
        markups: [],
        demo: false,
        createdAtMs: 0,
      };
    },
    request: (tenant, { text = "Hello", body, ...rest } = {}) => ({
      requestId: newRequestId(clock, systemRandom),
      arrivedAtMs: clock.now(),
      caller: {
        tenant,
        apiKey: {
          id: "k000000000001",
          tenantId: tenant.id,
          name: "test",
          application: "default",
          secretSha256: "",
          createdAtMs: 0,
        },
      },
      wire: "test",
      modelId,
      operation: converse({ messages: [{ role: "user", content: [{ text }] }], ...body }),
      signal: new AbortController().signal,
      ...rest,
    }),
    async accounts(tenant) {
      const [requests, money] = await Promise.all(
        tenantLimits(tenant, startMs).map(async ({ accountId }) => {
          const account = await accounts.read(accountId);
          return account && [account.available, account.settled, heldOn(account)];
        }),
      );
      return { requests, money };
    },
    async close() {
      await awsLocal.close();
      client.destroy();
      await http.close();
    },
  };
}
