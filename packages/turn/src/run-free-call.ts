/**
 * A call that costs nothing, such as counting a prompt: held and counted under the limits on requests and on calls at once,
 * so that what is free is not without bound. It has no price, and leaves nothing in the ledger.
 */
import type { ModelRoute, Refusal } from "@caprock/domain";
import type { LimitStanding } from "@caprock/metering";
import { noteRefusal } from "./note-refusal.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

export type FreeCall = Pick<TurnRequest, "requestId" | "caller" | "modelId" | "arrivedAtMs">;

export interface FreeAnswer<Answer> {
  readonly answer: Answer;
  readonly standings: readonly LimitStanding[];
}

/** Refuses with `rate_limited`. A call that fails has counted as well: it was asked for. */
export async function runFreeCall<Answer>(
  call: FreeCall,
  { model }: ModelRoute,
  ask: () => Promise<Answer>,
  parts: Pick<
    TurnParts,
    "admission" | "platformLimits" | "onSettlementFailure" | "catalog" | "region" | "metrics"
  >,
): Promise<FreeAnswer<Answer> | Refusal> {
  const { requestId, caller } = call;
  const reservation = await parts.admission.reserve({
    requestId,
    tenant: caller.tenant,
    platform: await parts.platformLimits(),
    apiKeyId: caller.apiKey.id,
    application: caller.apiKey.application,
    modelId: model.id,
    worstCaseNanoUsd: 0n,
    worstCaseTokens: 0,
  });
  if ("refused" in reservation) {
    noteRefusal(call, reservation, parts);
    return reservation;
  }
  try {
    return { answer: await ask(), standings: reservation.standings };
  } finally {
    await parts.admission
      .settleFree(reservation)
      .catch((error: unknown) => parts.onSettlementFailure(requestId, error));
  }
}
