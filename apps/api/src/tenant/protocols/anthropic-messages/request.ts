/** Reads the bodies of `POST /v1/messages` and `POST /v1/messages/count_tokens`. */
import { type Refusal, refusal } from "@caprock/domain";
import { z } from "zod";
import { describeIssue, describeValue, expectationOf } from "../openai/describe-issue.ts";
import { isNestedDeeperThan, mostNesting } from "../openai/nesting.ts";
import { blocksOrText, contentBlock, oneOf, textBlock } from "./block-schema.ts";
import { cacheControl } from "./cache-control.ts";
import { tool, toolChoice } from "./tool-schema.ts";

const message = z.discriminatedUnion(
  "role",
  [
    z.strictObject({ role: z.literal("user"), content: blocksOrText(contentBlock) }),
    z.strictObject({ role: z.literal("assistant"), content: blocksOrText(contentBlock) }),
    z.strictObject({ role: z.literal("system"), content: blocksOrText(textBlock) }),
  ],
  { error: oneOf('"user", "assistant" or "system"') },
);

const display = z.enum(["summarized", "omitted"]).nullish();
const thinking = z.discriminatedUnion(
  "type",
  [
    z.strictObject({ type: z.literal("enabled"), budget_tokens: z.int().min(1), display }),
    z.strictObject({ type: z.literal("adaptive"), display }),
    z.strictObject({ type: z.literal("disabled") }),
  ],
  { error: oneOf('"enabled", "adaptive" or "disabled"') },
);

const format = z.strictObject({
  type: z.literal("json_schema"),
  schema: z.record(z.string(), z.unknown()),
});

const prompt = {
  model: z.string().min(1),
  messages: z.array(message).min(1),
  system: blocksOrText(textBlock).nullish(),
  tools: z.array(tool).nullish(),
  tool_choice: toolChoice.nullish(),
  thinking: thinking.nullish(),
  output_config: z
    .strictObject({
      effort: z.enum(["low", "medium", "high", "xhigh", "max"]).nullish(),
      format: format.nullish(),
    })
    .nullish(),
  /** The older name of output_config.format. */
  output_format: format.nullish(),
  /** Stands for a cache_control on the last block of the last message. */
  cache_control: cacheControl,
  speed: z.literal("standard").nullish(),
  /** Only has less of the conversation read again. What it names is the caller's, so it may be of any version. */
  context_management: z.looseObject({}).nullish(),
};

const share = z.number({ error: "a number from 0 to 1" }).min(0).max(1);

const sampling = {
  max_tokens: z.int({ error: "a whole number, at least 1" }).min(1),
  stop_sequences: z.array(z.string().min(1)).nullish(),
  stream: z.boolean().nullish(),
  temperature: share.nullish(),
  top_p: share.nullish(),
  top_k: z.int().min(0).nullish(),
  metadata: z.strictObject({ user_id: z.string().nullish() }).nullish(),
  service_tier: z.enum(["auto", "standard_only"]).nullish(),
};

const messagesRequest = z.strictObject({ ...prompt, ...sampling });
const countTokensRequest = z.strictObject(prompt);

export type MessagesRequest = z.output<typeof messagesRequest>;
/** What counts as input of a Messages request. */
export type MessagesPrompt = z.output<typeof countTokensRequest>;

/**
 * Checks a parsed JSON body. Refuses with `unsupported_parameter` members that are not served, and with
 * `invalid_request` what is mistyped; both name the member. Never throws.
 */
export function parseMessages(body: unknown): { readonly request: MessagesRequest } | Refusal {
  return parse(messagesRequest, body);
}

/** The same for a body of count_tokens. */
export function parsePrompt(body: unknown): { readonly request: MessagesPrompt } | Refusal {
  return parse(countTokensRequest, body);
}

const longestNameShown = 64;

function parse<Request>(schema: z.ZodType<Request>, body: unknown): { readonly request: Request } | Refusal {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return refusal({
      code: "invalid_request",
      message: `The body is ${describeValue(body)}; it must be a JSON object.`,
    });
  }
  if (isNestedDeeperThan(body, mostNesting)) {
    return refusal({
      code: "invalid_request",
      message: `The body is nested too deeply; it must have at most ${mostNesting} levels.`,
    });
  }
  // A null member stands for one that was not sent, whether it is served or not.
  const sent = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));
  const parsed = schema.safeParse(sent, { error: expectationOf });
  if (parsed.success) {
    return { request: parsed.data };
  }
  const [issue] = parsed.error.issues;
  return issue?.code === "unrecognized_keys"
    ? refuseUnknown(issue.path, issue.keys[0] ?? "")
    : refusal(describeIssue(issue, sent));
}

/** By this the SDK's tool runner, which begins a thread unasked, knows to go on without one. (@anthropic-ai/sdk, ThreadState) */
const threadDetails = { error_code: "thread_unsupported_request" };

function refuseUnknown(path: readonly PropertyKey[], key: string): Refusal {
  const above = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  const param = `${above}.${key.slice(0, longestNameShown)}`.slice(1);
  return refusal({
    code: "unsupported_parameter",
    message: `\`${param}\` is not served here and might change the answer. Leave it out.`,
    param,
    ...(param === "thread" && { details: threadDetails }),
  });
}
