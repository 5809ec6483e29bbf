/** Admin API: what is set aside for calls, and giving back what no log can resolve. */
import {
  listHoldsRoute,
  listPlatformHoldsRoute,
  releaseHoldRoute,
  releasePlatformHoldRoute,
} from "@caprock/contract";
import { openHolds, platformOwner } from "@caprock/metering";
import { tenantNotFound } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";
import { holdView } from "../hold-view.ts";
import { releaseHold } from "../release-hold.ts";

export function addHoldRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  app.openapi(listHoldsRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    return c.json({ holds: (await openHolds([tenantId], parts.accounts)).map(holdView) }, 200);
  });

  app.openapi(releaseHoldRoute, async (c) => {
    const { tenantId, requestId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    const released = await releaseHold(tenantId, requestId, changeParts(c, parts));
    if ("refused" in released) {
      return answerProblem(c, released.refused) as never;
    }
    return c.json({ released: released.map(holdView) }, 200);
  });

  app.openapi(listPlatformHoldsRoute, async (c) =>
    c.json({ holds: (await openHolds([platformOwner], parts.accounts)).map(holdView) }, 200),
  );

  app.openapi(releasePlatformHoldRoute, async (c) => {
    const { requestId } = c.req.valid("param");
    const released = await releaseHold(platformOwner, requestId, changeParts(c, parts));
    if ("refused" in released) {
      return answerProblem(c, released.refused) as never;
    }
    return c.json({ released: released.map(holdView) }, 200);
  });
}
