/** For tests: what turns of an API on a local AWS work with. */
import { TokenCalibration } from "@caprock/context";
import { type ManualClock, newRequestId, stoppedTimer, type Timer } from "@caprock/domain";
import type { Catalog } from "@caprock/inference";
import { HttpBedrockRuntime } from "@caprock/inference/bedrock";
import { currentPriceBook, HoldAdmission } from "@caprock/metering";
import { type Logger, localCredentials, systemPause, systemRandom, systemRepeat } from "@caprock/platform";
import {
  embeddingPauses,
  GrowingPauses,
  HistorySearch,
  KeptVectors,
  RunningTurns,
  type TurnParts,
} from "@caprock/turn";
import { oncePerHour } from "../unpriced-warning.ts";
import type { LocalAws } from "./local-aws.ts";
import { keptForMs, type OpenMemory } from "./open-memory.ts";
import type { OpenMetering } from "./open-metering.ts";

interface Beside {
  readonly clock: ManualClock;
  readonly logger: Logger;
  readonly catalog: Catalog;
  readonly memory: OpenMemory;
  readonly metering: OpenMetering;
  readonly platformLimits: TurnParts["platformLimits"];
  /** Times the deadlines of embeddings. */
  readonly timer: Timer;
}

/** What runs behind answers is not waited for. */
export function openTurnParts({ access }: LocalAws, beside: Beside) {
  const { clock, logger, catalog, memory, metering, platformLimits, timer } = beside;
  const { accounts, ledger } = metering.books;
  const holdTtlMs = 60_000;
  return {
    sessions: memory.sessions,
    search: new HistorySearch({
      turns: memory.sessions,
      clock,
      timer: stoppedTimer,
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
      pauses: new GrowingPauses(clock, embeddingPauses),
      kept: new KeptVectors({ store: memory.vectors, mostBytes: 10_000_000, idleMs: 60_000 }),
      timer,
      deadlineMs: 1_000,
      onFailure: () => undefined,
    },
    sessionLeaseMs: 60_000,
    repeat: systemRepeat,
    onMemoryFailure: () => undefined,
    newRequestId: () => newRequestId(clock, systemRandom),
    inBackground: () => undefined,
    onSummaryFailure: () => undefined,
    catalog,
    priceBook: currentPriceBook(),
    admission: new HoldAdmission({
      accounts,
      ledger,
      clock,
      holdTtlMs,
      resolvesLater: true,
      pause: systemPause,
    }),
    metrics: metering.metrics,
    platformLimits,
    bedrock: new HttpBedrockRuntime({
      endpoint: access.endpoint,
      region: access.region,
      credentials: () => Promise.resolve(localCredentials),
      clock,
      idleTimeoutMs: 30_000,
    }),
    clock,
    region: access.region,
    holdTtlMs,
    defaultMaxOutputTokens: 500,
    openStreamMaxOutputTokens: 8_000,
    calibration: new TokenCalibration(),
    running: new RunningTurns(),
    onUnpriced: oncePerHour(clock, (what) => logger.warn({ ...what }, "no price")),
    onSettlementFailure: (requestId, error) => logger.error({ requestId, err: error }, "settlement failed"),
  } satisfies TurnParts;
}
