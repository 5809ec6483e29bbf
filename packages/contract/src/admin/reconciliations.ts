/** Admin API: how the ledger compares with what AWS itself recorded. */
import { createRoute, z } from "@hono/zod-openapi";
import { instant, usd } from "../wire-types.ts";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";

const source = z.enum(["invocation-log", "billing-export"]).openapi({
  description: "What the ledger is compared with: Bedrock's log of calls, or AWS's bill (CUR 2.0).",
});
/** Counts may be beyond what a JSON number holds exactly. */
const count = z.string().regex(/^\d+$/).openapi({ description: "Tokens or units.", example: "1500000" });
const differenceKinds = ["ledger-only", "other-only", "usage", "cost"] as const;

export const reconciliation = z
  .object({
    id: z.string(),
    source,
    start: instant,
    end: instant,
    requestedAt: instant,
    state: z.enum(["requested", "done", "failed"]),
    finishedAt: instant.optional(),
    report: z
      .object({
        verdict: z.enum(["agrees", "within-tolerance", "drifts", "silent"]).openapi({
          description: "`silent`: the ledger has calls and the other side nothing at all.",
        }),
        checked: z
          .int()
          .openapi({ description: "Requests, or a tenant's models on a day, that were compared." }),
        unreadable: z.int().openapi({ description: "Lines that made no sense; they count on neither side." }),
        differences: z.record(z.enum(differenceKinds), z.int()),
        driftUsd: usd.openapi({ description: "The sum of all differences, each without its sign." }),
        components: z.array(
          z.object({
            component: z.enum(["input", "output", "cacheRead", "cacheWrite", "units"]),
            ledgerCount: count,
            otherCount: count,
            driftCount: count,
            ledgerUsd: usd,
            otherUsd: usd,
            driftUsd: usd,
          }),
        ),
        worst: z
          .array(
            z.object({
              kind: z.enum(differenceKinds),
              tenantId: z.string(),
              modelId: z.string(),
              requestId: z.string().optional(),
              day: z.string().optional(),
              driftCount: count,
              driftUsd: usd,
            }),
          )
          .openapi({ description: "The dearest differences, twenty at most." }),
      })
      .optional(),
  })
  .openapi("Reconciliation", {
    description: "Costs are AWS's list price on both sides, without any markup.",
  });
export type ReconciliationView = z.infer<typeof reconciliation>;

export const listReconciliationsRoute = createRoute({
  method: "get",
  path: "/admin/v1/reconciliations",
  tags: ["Reconciliation"],
  summary: "List reconciliations, those asked for last first",
  request: {
    query: z.object({
      source: source.optional(),
      limit: z.coerce.number().int().min(1).max(100).default(50),
      after: z
        .string()
        .max(512)
        .optional()
        .openapi({ description: "Continue behind the page whose `next` this is." }),
    }),
  },
  responses: {
    200: json(z.object({ reconciliations: z.array(reconciliation), next: z.string().optional() }), "A page"),
    ...problemResponses(400, 401),
  },
});

const mostDays = 31;

export const requestReconciliationRoute = createRoute({
  method: "post",
  path: "/admin/v1/reconciliations",
  tags: ["Reconciliation"],
  summary: "Ask for a range to be reconciled",
  description:
    "The worker runs it within a few minutes. Hours and days are reconciled without being asked for. A range must be over for as long as its source may take to be whole; a bill is compared by whole days of UTC.",
  request: {
    body: {
      ...json(
        z
          .strictObject({
            source,
            start: z.iso.datetime({ offset: true }),
            end: z.iso.datetime({ offset: true }),
          })
          .refine(({ start, end }) => Date.parse(start) < Date.parse(end), {
            path: ["end"],
            message: "must be after start",
          })
          .refine(({ start, end }) => Date.parse(end) - Date.parse(start) <= mostDays * 86_400_000, {
            path: ["end"],
            message: `must be at most ${mostDays} days after start`,
          })
          .openapi("RequestReconciliation"),
        "The range",
      ),
      required: true,
    },
  },
  responses: {
    201: json(reconciliation, "It will be run"),
    ...problemResponses(400, 401, 409),
  },
});
