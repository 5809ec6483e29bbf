/** Reads the body of `POST /v1/responses`. */
import { type Refusal, refusal } from "@caprock/domain";
import { z } from "zod";
import { describeIssue, describeValue, expectationOf } from "../openai/describe-issue.ts";
import { documents } from "../openai/documents.ts";
import { reasoningEfforts } from "../openai/reasoning-effort.ts";
import { refusedMember } from "../openai/refused-member.ts";
import { reviewMembers } from "../openai/served-parameters.ts";
import { serviceTier } from "../openai/service-tier.ts";
import { formatName, formatSchema } from "../openai-chat/response-format-schema.ts";
import { toolName } from "../openai-chat/tool-schema.ts";
import { inputItem } from "./item-schema.ts";
import { responseParameters } from "./served-parameters.ts";

const share = z.number({ error: "a number from 0 to 1" }).min(0).max(1);
const unionOf = (expectation: string) => (issue: { readonly code?: string }) =>
  issue.code === "invalid_union" ? expectation : undefined;

const hostedTools = [
  "web_search",
  "web_search_preview",
  "web_search_2025_08_26",
  "file_search",
  "code_interpreter",
  "computer",
  "computer_use_preview",
  "image_generation",
  "local_shell",
  "shell",
  "apply_patch",
  "mcp",
] as const;
const hosted = (type: (typeof hostedTools)[number]) =>
  refusedMember("type", type, `The hosted tool ${type} is not served; declare a function instead`);

const functionTool = z.object({
  type: z.literal("function"),
  name: toolName,
  description: z.string().nullish(),
  parameters: z.record(z.string(), z.unknown()).nullish(),
  strict: z.boolean().nullish(),
});
const tool = z.discriminatedUnion(
  "type",
  [functionTool, refusedMember("type", "custom", "Custom tools are not served"), ...hostedTools.map(hosted)],
  { error: unionOf('"function"') },
);
const toolChoice = z.union(
  [
    z.enum(["auto", "none", "required"]),
    z.discriminatedUnion(
      "type",
      [
        z.object({ type: z.literal("function"), name: z.string() }),
        refusedMember("type", "custom", "Custom tools are not served"),
        refusedMember(
          "type",
          "allowed_tools",
          "A choice among allowed tools is not served; send only those tools",
        ),
        ...hostedTools.map(hosted),
      ],
      { error: unionOf('"function"') },
    ),
  ],
  { error: '"auto", "none", "required" or an object that names a function' },
);

const textFormat = z.discriminatedUnion(
  "type",
  [
    z.object({ type: z.literal("text") }),
    z.object({ type: z.literal("json_object") }),
    z.object({
      type: z.literal("json_schema"),
      name: formatName,
      description: z.string().nullish(),
      schema: formatSchema,
      strict: z.boolean().nullish(),
    }),
  ],
  { error: unionOf('"text", "json_object" or "json_schema"') },
);

const responseRequest = z.object({
  model: z.string().min(1),
  input: z.union([z.string().min(1), z.array(inputItem).min(1)], {
    error: "a string that is not empty, or an array of input items",
  }),
  instructions: z.string().nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  text: z
    .object({
      format: textFormat.nullish(),
      verbosity: z.literal("medium", { error: '"medium": no other is served' }).nullish(),
    })
    .nullish(),
  reasoning: z
    .object({
      effort: z.enum(reasoningEfforts).nullish(),
      summary: z.enum(["auto", "concise", "detailed"]).nullish(),
    })
    .nullish(),
  max_output_tokens: z.int({ error: "a whole number, at least 1" }).min(1).nullish(),
  temperature: share.nullish(),
  top_p: share.nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_obfuscation: z.boolean().nullish() }).nullish(),
  service_tier: serviceTier.nullish(),
  documents: documents.nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
  user: z.string().nullish(),
  safety_identifier: z.string().nullish(),
  store: z.boolean().nullish(),
  previous_response_id: z.string().nullish(),
  truncation: z.enum(["auto", "disabled"]).nullish(),
});

/** A Responses request that Caprock serves; members it may ignore are gone. */
export type ResponseRequest = z.output<typeof responseRequest>;

/**
 * Checks a parsed JSON body. Refuses with `unsupported_parameter` what would change the answer and cannot be served, and
 * with `invalid_request` what is mistyped; both name the member. Never throws.
 */
export function parseResponseRequest(
  body: unknown,
): { readonly request: ResponseRequest; readonly warnings: readonly string[] } | Refusal {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return refusal({
      code: "invalid_request",
      message: `The body is ${describeValue(body)}; it must be a JSON object.`,
    });
  }
  const reviewed = reviewMembers(body, responseParameters);
  if ("refused" in reviewed) {
    return reviewed;
  }
  const parsed = responseRequest.safeParse(body, { error: expectationOf });
  return parsed.success
    ? { request: parsed.data, warnings: reviewed.warnings }
    : refusal(describeIssue(parsed.error.issues[0], body));
}
