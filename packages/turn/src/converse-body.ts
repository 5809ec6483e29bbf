/** The Converse request body: the canonical form of every call, whatever wire it came in on. */
import { type Refusal, refusal } from "@caprock/domain";
import { z } from "zod";

const contentBlock = z.record(z.string(), z.unknown());

const message = z.looseObject({
  role: z.enum(["user", "assistant", "system"]),
  content: z.array(contentBlock).min(1, "must have at least one content block"),
});

/**
 * The members Caprock reads; whatever else a caller sends is passed on to Bedrock untouched, which checks the
 * rest. (Bedrock Runtime API reference, Converse.)
 */
export const converseBody = z.looseObject({
  messages: z.array(message).min(1, "must have at least one message"),
  system: z.array(contentBlock).optional(),
  inferenceConfig: z
    .looseObject({ maxTokens: z.int().min(1).optional(), stopSequences: z.array(z.string()).optional() })
    .optional(),
  toolConfig: z
    .looseObject({
      tools: z
        .array(z.record(z.string(), z.unknown()), "must be a list of tools")
        .min(1, "must have at least one tool"),
    })
    .optional(),
  serviceTier: z.looseObject({ type: z.string() }).optional(),
  outputConfig: z.looseObject({ effort: z.string().optional() }).optional(),
  performanceConfig: z.looseObject({ latency: z.string().optional() }).optional(),
  guardrailConfig: z.unknown().optional(),
  promptVariables: z.unknown().optional(),
  additionalModelRequestFields: z.unknown().optional(),
  requestMetadata: z.record(z.string(), z.string()).optional(),
});
export type ConverseBody = z.infer<typeof converseBody>;

/** Reads a Converse body. Refuses with `invalid_request`, naming the member as the caller wrote it. */
export function parseConverseBody(body: unknown): { readonly body: ConverseBody } | Refusal {
  const parsed = converseBody.safeParse(body);
  if (parsed.success) {
    return { body: parsed.data };
  }
  const issue = parsed.error.issues[0];
  const param = memberPath(issue?.path ?? []);
  return refusal({
    code: "invalid_request",
    message: param === "" ? "The body must be a JSON object." : `${param}: ${issue?.message ?? "is wrong"}.`,
    ...(param === "" ? {} : { param }),
  });
}

function memberPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === "number" ? `${text}[${part}]` : text === "" ? String(part) : `${text}.${String(part)}`,
    "",
  );
}
