/** Values as they stand in JSON: money as exact decimal strings, instants as ISO 8601. */
import { parseUsd } from "@caprock/domain";
import { z } from "@hono/zod-openapi";

/** An amount the server states: exact, nine decimals. */
export const usd = z
  .string()
  .regex(/^-?\d{1,15}\.\d{9}$/)
  .openapi("Usd", { description: "USD, exact to the nano-dollar.", example: "12.340000000" });

const largestCapUsd = 1_000_000_000;

/** An amount the caller states: "12", "12.34" or the number 12.34. Not negative, at most nine decimals. */
export const usdInput = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const text = typeof value === "number" ? decimalText(value) : value.trim();
    try {
      const amount = parseUsd(text);
      if (amount >= 0n && amount <= BigInt(largestCapUsd) * 1_000_000_000n) {
        return amount;
      }
    } catch {
      // Falls through to the one message below.
    }
    context.addIssue({
      code: "custom",
      message: `must be an amount of USD from 0 to ${largestCapUsd}, with at most nine decimals, such as "12.50"`,
    });
    return z.NEVER;
  })
  .openapi({ type: "string", description: "USD as a decimal string or a number.", example: "50.00" });

/** Numbers print as exponents outside 1e-6…1e21; those are no amounts, so they fail to parse and are refused. */
function decimalText(value: number): string {
  return Number.isFinite(value) ? String(value) : "";
}

export const instant = z.iso.datetime().openapi("Instant", { example: "2026-11-22T18:25:00.000Z" });

/** Token counts by class; the classes are disjoint. */
export const tokenUsage = z
  .object({
    input: z.int().min(0),
    cacheRead: z.int().min(0),
    cacheWrite5m: z.int().min(0),
    cacheWrite1h: z.int().min(0),
    output: z.int().min(0),
  })
  .openapi("TokenUsage");

/** Every error of the admin API. */
export const problem = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: "invalid_request" }),
      message: z.string(),
      param: z.string().optional(),
      requestId: z.string(),
    }),
  })
  .openapi("Problem");
