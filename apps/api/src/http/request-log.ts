/** Gives every request an id, and writes one log line when its answer begins. */
import { type Clock, newRequestId, type Random, requestArrivalMs } from "@caprock/domain";
import type { Logger } from "@caprock/platform";
import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { RequestEnv } from "./request-context.ts";

export interface RequestLogParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export const requestIdHeader = "x-request-id";

/** The id is made here and never taken from the caller: the ledger is keyed by it. */
export function requestLog({ clock, random, logger }: RequestLogParts) {
  return createMiddleware<RequestEnv>(async (c, next) => {
    const requestId = newRequestId(clock, random);
    // Not read from the clock again: the ledger, the month and the day of a call all go by this one instant.
    const arrivedAtMs = requestArrivalMs(requestId);
    c.set("requestId", requestId);
    c.set("arrivedAtMs", arrivedAtMs);
    await next();
    if (!c.get("tellsRequestId")) {
      c.res.headers.set(requestIdHeader, requestId);
    }
    logger.info(
      {
        requestId,
        method: c.req.method,
        // The route that answered and not the path: a path may hold what a caller typed.
        route: routePath(c),
        status: c.res.status,
        durationMs: clock.now() - arrivedAtMs,
        tenantId: c.get("tenantId"),
        errorCode: c.get("errorCode"),
      },
      "request",
    );
  });
}
