/** Which members of a chat-completions request may be ignored, and which must be refused by name. */
import { type Refusal, refusal } from "@caprock/domain";

interface Ignorable {
  /** The only values that leave the answer as it is, in words; absent where any value does. */
  readonly only?: string;
  readonly accepts: (value: unknown) => boolean;
}

const always: Ignorable = { accepts: () => true };
const onlyZero: Ignorable = { only: "0", accepts: (value) => value === 0 };
const onlyFalse: Ignorable = { only: "false", accepts: (value) => value === false };

/** Members that are not mapped, with the values under which leaving them out does not change the answer. */
const ignorable: ReadonlyMap<string, Ignorable> = new Map<string, Ignorable>([
  ["seed", always],
  ["safety_identifier", always],
  ["prompt_cache_key", always],
  ["prompt_cache_retention", always],
  ["prompt_cache_options", always],
  ["prediction", always],
  ["n", { only: "1", accepts: (value) => value === 1 }],
  ["store", onlyFalse],
  ["logprobs", onlyFalse],
  ["top_logprobs", onlyZero],
  ["frequency_penalty", onlyZero],
  ["presence_penalty", onlyZero],
  [
    "service_tier",
    { only: '"auto" or "default"', accepts: (value) => value === "auto" || value === "default" },
  ],
  ["verbosity", { only: '"medium"', accepts: (value) => value === "medium" }],
  [
    "logit_bias",
    { only: "an empty object", accepts: (value) => isObject(value) && Object.keys(value).length === 0 },
  ],
  [
    "response_format",
    { only: '{"type":"text"}', accepts: (value) => isObject(value) && value.type === "text" },
  ],
  ["modalities", { only: '["text"]', accepts: isTextOnly }],
]);

const longestNameShown = 64;

/** Refuses the first member that is neither read nor safe to ignore. `null` means "not sent", as on OpenAI. */
export function refuseUnserved(body: object, read: ReadonlySet<string>): Refusal | undefined {
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined || read.has(name)) {
      continue;
    }
    const rule = ignorable.get(name);
    if (!rule?.accepts(value)) {
      const param = name.slice(0, longestNameShown);
      const message = rule
        ? `\`${param}\` is served only as ${rule.only}.`
        : `\`${param}\` is not served here and might change the answer. Leave it out.`;
      return refusal({ code: "unsupported_parameter", message, param });
    }
  }
  return undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTextOnly(value: unknown): boolean {
  return Array.isArray(value) && value.length === 1 && value[0] === "text";
}
