/** Admin API: limits as they stand in JSON. USD are decimal strings; tokens, requests and calls are whole numbers. */
import { limitIdPattern, limitScopes, limitWindows } from "@caprock/domain";
import { z } from "@hono/zod-openapi";
import { instant, usd, usdInput } from "../wire-types.ts";

/** What a limit counts, as the wire calls it. */
export const wireUnits = ["usd", "tokens", "requests", "concurrency"] as const;
export type WireUnit = (typeof wireUnits)[number];

const largestCount = 1_000_000_000_000_000;
const count = z.int().min(0).max(largestCount).openapi({ example: 100_000 });
const window = z.enum(limitWindows).openapi({
  description: "Days, weeks (from Monday) and months are those of the owner's time zone.",
});
const limitId = z
  .string()
  .regex(
    limitIdPattern,
    "must be 1 to 40 lower-case letters, digits and hyphens, and not begin with a hyphen",
  )
  .openapi({ example: "night-batch" });

const bound = {
  id: limitId,
  scope: z.enum(limitScopes),
  of: z.string().optional().openapi({
    description:
      "Which application, key or model it binds. Absent, it binds each one by itself, except those that a rule of the same kind names.",
    example: "support-bot",
  }),
};

const unitNote = { error: `must be one of ${wireUnits.join(", ")}` };

export const limitRule = z
  .discriminatedUnion("unit", [
    z.object({ ...bound, unit: z.literal("usd"), window, amount: usd }),
    z.object({ ...bound, unit: z.literal("tokens"), window, amount: z.int() }),
    z.object({ ...bound, unit: z.literal("requests"), window, amount: z.int() }),
    z.object({ ...bound, unit: z.literal("concurrency"), amount: z.int() }),
  ])
  .openapi("LimitRule", {
    description:
      "A limit besides the monthly cap and the requests per minute. A rule that is added within a window starts at zero there: what was used before it was added does not count against it.",
  });
export type LimitRuleView = z.infer<typeof limitRule>;

export const limitRuleInput = z
  .discriminatedUnion(
    "unit",
    [
      z.strictObject({ ...bound, unit: z.literal("usd"), window, amount: usdInput }),
      z.strictObject({ ...bound, unit: z.literal("tokens"), window, amount: count }),
      z.strictObject({ ...bound, unit: z.literal("requests"), window, amount: count }),
      z.strictObject({ ...bound, unit: z.literal("concurrency"), amount: count }),
    ],
    unitNote,
  )
  .openapi("NewLimitRule", {
    description: "Counts from the first call after it was added, in its running window too.",
  });
export type LimitRuleInput = z.output<typeof limitRuleInput>;

const overridden = {
  id: z.string(),
  limitId: z.string(),
  from: instant,
  until: instant.openapi({ description: "The first instant at which it no longer holds." }),
  author: z.string(),
  reason: z.string(),
};

export const limitOverride = z
  .discriminatedUnion("unit", [
    z.object({ ...overridden, unit: z.literal("usd"), amount: usd }),
    z.object({ ...overridden, unit: z.enum(["tokens", "requests", "concurrency"]), amount: z.int() }),
  ])
  .openapi("LimitOverride", { description: "Another amount for a limit, for a while." });
export type LimitOverrideView = z.infer<typeof limitOverride>;

const wantedOverride = {
  limitId: z.string().openapi({
    description: "`monthly-cap`, `requests-per-minute`, or the id of a rule.",
    example: "monthly-cap",
  }),
  from: instant.optional().openapi({ description: "Now unless told." }),
  until: instant,
  reason: z.string().trim().min(1).max(500).openapi({ example: "Product launch" }),
};

export const limitOverrideInput = z
  .discriminatedUnion(
    "unit",
    [
      z.strictObject({ ...wantedOverride, unit: z.literal("usd"), amount: usdInput }),
      z.strictObject({
        ...wantedOverride,
        unit: z.enum(["tokens", "requests", "concurrency"]),
        amount: count,
      }),
    ],
    unitNote,
  )
  .openapi("NewLimitOverride");
export type LimitOverrideInput = z.output<typeof limitOverrideInput>;

export const overBudget = z
  .discriminatedUnion(
    "kind",
    [
      z.strictObject({ kind: z.literal("refuse") }),
      z.strictObject({ kind: z.literal("throttle") }),
      z.strictObject({ kind: z.literal("fall-back"), modelId: z.string().min(1).max(256) }),
    ],
    { error: "must be refuse, throttle or fall-back" },
  )
  .openapi("OverBudgetPolicy", {
    description:
      "What becomes of a call that the budget does not cover: `refuse`; `throttle`, which waits a little for money that calls in flight may give back; `fall-back`, which asks a cheaper model.",
  });

export const markup = z
  .object({
    from: instant,
    basisPoints: z.int().openapi({
      description: "Hundredths of a percent on the list price: 1500 charges 115 % of it, -500 charges 95 %.",
      example: 1_500,
    }),
  })
  .openapi("Markup");

export const markupInput = z
  .strictObject({
    basisPoints: z.int().min(-9_999).max(1_000_000),
    from: instant.optional().openapi({ description: "Now unless told." }),
  })
  .openapi("NewMarkup");
