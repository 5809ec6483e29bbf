/** Admin API: how the ledger compares with what AWS itself recorded. */
import { listReconciliationsRoute, requestReconciliationRoute } from "@caprock/contract";
import { rangeProblem, requestedReconciliation } from "@caprock/metering";
import { platformChain, recordChange } from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { reconciliationView } from "../alert-views.ts";
import { answerProblem } from "../answer-problem.ts";
import { changeParts } from "../change-parts.ts";
import { pageOrProblem } from "../page-or-problem.ts";

const dayMs = 86_400_000;

export function addReconciliationRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  const { reconciliations, reconciliationPlans } = parts.watch;

  app.openapi(listReconciliationsRoute, async (c) => {
    const page = await pageOrProblem(() => reconciliations.list(c.req.valid("query")));
    if ("refused" in page) {
      return answerProblem(c, page.refused) as never;
    }
    return c.json({ ...page, reconciliations: page.reconciliations.map(reconciliationView) }, 200);
  });

  app.openapi(requestReconciliationRoute, async (c) => {
    const { source, start, end } = c.req.valid("json");
    const range = { source, startMs: Date.parse(start), endMs: Date.parse(end) };
    const problem = rangeProblem(source, range, { plans: reconciliationPlans, clock: parts.clock });
    if (problem === "no source") {
      return answerProblem(c, {
        code: "conflict",
        message: `There is no ${source} to compare the ledger with: its bucket is not set.`,
      }) as never;
    }
    const isCut = source === "billing-export" && (range.startMs % dayMs !== 0 || range.endMs % dayMs !== 0);
    if (problem === "too early" || isCut) {
      return answerProblem(c, {
        code: "invalid_request",
        message: isCut
          ? "end: A bill is compared by whole days of UTC."
          : "end: It is too early, what AWS recorded of the range may not be whole yet.",
        param: "end",
      }) as never;
    }
    const nowMs = parts.clock.now();
    const told = { action: "reconciliation.request", target: source, change: { start, end } } as const;
    await recordChange(platformChain, told, changeParts(c, parts));
    const again = Buffer.from(parts.random.bytes(6)).toString("hex");
    const requested = requestedReconciliation(range, nowMs, again);
    await reconciliations.request(requested);
    return c.json(reconciliationView(requested), 201);
  });
}
