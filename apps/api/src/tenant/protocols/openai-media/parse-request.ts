/** Reads a body of OpenAI's embeddings and images by its schema: every member that is not served is refused by name. */
import { type Refusal, refusal } from "@caprock/domain";
import type { z } from "zod";
import { describeIssue, describeValue, expectationOf } from "../openai/describe-issue.ts";

const longestNameShown = 64;

/** Refuses with `unsupported_parameter` and `invalid_request`. `null` means "not sent", as on OpenAI. Never throws. */
export function parseRequest<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  body: unknown,
): { readonly request: z.output<z.ZodObject<Shape>> } | Refusal {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return refusal({
      code: "invalid_request",
      message: `The body is ${describeValue(body)}; it must be a JSON object.`,
    });
  }
  const sent = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const unknown = Object.keys(sent).find((name) => !Object.hasOwn(schema.shape, name));
  if (unknown !== undefined) {
    const param = unknown.slice(0, longestNameShown);
    return refusal({
      code: "unsupported_parameter",
      message: `\`${param}\` is not served here and might change the answer. Leave it out.`,
      param,
    });
  }
  const parsed = schema.safeParse(sent, { error: expectationOf });
  return parsed.success ? { request: parsed.data } : refusal(describeIssue(parsed.error.issues[0], sent));
}
