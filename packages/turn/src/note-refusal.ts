/** Tells the metrics of a call that one of Caprock's own limits refused. */
import { errorCatalog, type Refusal } from "@caprock/domain";
import { routeModel } from "./route-model.ts";
import type { TurnParts, TurnRequest } from "./turn-request.ts";

/** Refusals that are the request's own fault are no throttles, and count for nothing. */
export function noteRefusal(
  { modelId, caller, arrivedAtMs }: Pick<TurnRequest, "modelId" | "caller" | "arrivedAtMs">,
  { refused: { code } }: Refusal,
  { catalog, region, metrics }: Pick<TurnParts, "catalog" | "region" | "metrics">,
): void {
  const { kind } = errorCatalog[code];
  const route = routeModel(modelId, caller.tenant, catalog, region);
  if ((kind === "budget" || kind === "rate_limit") && !("refused" in route)) {
    metrics.refused({ tenantId: caller.tenant.id, modelId: route.model.id, code, arrivedAtMs });
  }
}
