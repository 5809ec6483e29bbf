/** A search of long-term memory as AWS bills it: held for before it is made, and charged to the tenant whose turn asks. */
import { CaprockError } from "@caprock/domain";
import type { LongTermMemory } from "@caprock/memory";
import {
  agentCoreMemoryId,
  type EntryStatus,
  type LedgerEntry,
  memoryReceipt,
  type Reservation,
} from "@caprock/metering";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** The wire of a recall's receipt. */
const recallWire = "caprock.recall";

type Search = Pick<LongTermMemory, "search" | "preferences">;
type MeteringParts = Pick<
  TurnParts,
  | "admission"
  | "clock"
  | "inBackground"
  | "newRequestId"
  | "onSettlementFailure"
  | "platformLimits"
  | "priceBook"
>;

/**
 * One search, and the actor's preferences beside it. They hold the search's price, a request and a call at once, so that a
 * caller who is over any limit costs nothing; in the end it counts as money alone. Both throw what that was refused with. A
 * search that was not answered is charged, as `aborted`, since AWS may have served it; one that AgentCore answered with an error is not.
 * Listing preferences is no retrieval, and costs nothing by what AWS lists; whoever asks for them asks the search too.
 */
export function meteredSearch(
  { caller }: Pick<TurnRequest, "caller">,
  memory: Search,
  parts: MeteringParts,
): Search {
  let admission: ReturnType<typeof admit> | undefined;
  const admitted = () => {
    admission ??= admit(caller, parts);
    return admission;
  };
  return {
    async preferences(...asked) {
      await admitted();
      return memory.preferences(...asked);
    },
    async search(tenantId, actorId, query, search) {
      const { entry, reservation } = await admitted();
      const release = () => end(reservation, parts.admission.release(reservation), parts);
      const settle = (status: EntryStatus) => {
        const settled = { ...entry, status, settledAtMs: parts.clock.now() };
        return end(reservation, parts.admission.settle(reservation, settled), parts);
      };
      if (search.signal.aborted) {
        await release();
        throw new CaprockError({ code: "upstream_timeout", message: "To hold its price took too long." });
      }
      try {
        const found = await memory.search(tenantId, actorId, query, search);
        await settle("completed");
        return found;
      } catch (error) {
        await (mayBeBilled(error) ? settle("aborted") : release());
        throw error;
      }
    },
  };
}

async function admit(caller: TurnRequest["caller"], parts: MeteringParts) {
  const entry = receiptOf(caller, parts);
  return { entry, reservation: await reserve(caller, entry, parts) };
}

function receiptOf({ tenant, apiKey }: TurnRequest["caller"], parts: MeteringParts): LedgerEntry {
  return memoryReceipt(
    {
      requestId: parts.newRequestId(),
      tenant,
      apiKeyId: apiKey.id,
      application: apiKey.application,
      wire: recallWire,
      units: { memoryRetrieval: 1 },
    },
    parts.priceBook,
    parts.clock.now(),
  );
}

async function reserve(
  { tenant, apiKey }: TurnRequest["caller"],
  { requestId, costNanoUsd }: LedgerEntry,
  { admission, platformLimits }: MeteringParts,
): Promise<Reservation> {
  const reservation = await admission.reserve({
    requestId,
    // A recall does not wait for money that others hold: the turn goes on without it.
    tenant: { ...tenant, limits: { ...tenant.limits, overBudget: { kind: "refuse" } } },
    platform: await platformLimits(),
    apiKeyId: apiKey.id,
    application: apiKey.application,
    modelId: agentCoreMemoryId,
    worstCaseNanoUsd: costNanoUsd,
    worstCaseTokens: 0,
  });
  if ("refused" in reservation) {
    throw new CaprockError(reservation.refused);
  }
  return reservation;
}

function mayBeBilled(error: unknown): boolean {
  return error instanceof CaprockError && error.problem.code === "upstream_timeout";
}

/** As a turn's own settlement: what has holds of its own is over before the turn asks for its own. Never throws. */
async function end(
  { requestId, grantId }: Reservation,
  work: Promise<void>,
  { inBackground, onSettlementFailure }: MeteringParts,
): Promise<void> {
  const ended = work.catch((error: unknown) => onSettlementFailure(requestId, error));
  inBackground(ended);
  if (grantId === undefined) {
    await ended;
  }
}
