/** Refuses vendors' own request fields that could cost more than was held. */
import { type Refusal, refusal } from "@caprock/domain";

/**
 * Bedrock hands additionalModelRequestFields to the model as they are. These names, lower case and without
 * underscores, are vendors' own limits of an answer, and multipliers of it.
 */
const outputFields = new Set([
  "bestof",
  "inferenceconfig",
  "maxcompletiontokens",
  "maxgenlen",
  "maxnewtokens",
  "maxoutputtokens",
  "maxtokencount",
  "maxtokens",
  "maxtokenstosample",
  "n",
  "numcompletions",
  "numgenerations",
  "numresults",
  "numreturnsequences",
  "textgenerationconfig",
]);

/** Tools that the caller runs and Anthropic only defines; others (web search, code execution) are billed by use. */
const callersTool = /^(bash|computer|memory|text_editor)_/;

/** Codes: `unsupported_parameter`, `invalid_request`. `maxOutputTokens` is what the answer is held for. */
export function checkModelFields(fields: unknown, maxOutputTokens: number): Refusal | undefined {
  if (fields === undefined || fields === null) {
    return undefined;
  }
  if (typeof fields !== "object" || Array.isArray(fields)) {
    return wrong("invalid_request", "additionalModelRequestFields", "must be an object");
  }
  return checkMembers(fields, "additionalModelRequestFields", maxOutputTokens);
}

/** Walks every member: what a vendor reads at one depth today it may read at another tomorrow. */
function checkMembers(value: object, path: string, maxOutputTokens: number): Refusal | undefined {
  for (const [name, member] of Object.entries(value)) {
    const at = Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`;
    const found =
      checkMember(name, member, at, maxOutputTokens) ??
      (typeof member === "object" && member !== null ? checkMembers(member, at, maxOutputTokens) : undefined);
    if (found) {
      return found;
    }
  }
  return undefined;
}

/** One member that Bedrock hands to the model; `instead` says where the limit of the answer belongs. */
export function checkMember(
  name: string,
  member: unknown,
  at: string,
  maxOutputTokens: number,
  instead = "inferenceConfig.maxTokens instead",
): Refusal | undefined {
  const plain = name.toLowerCase().replaceAll("_", "");
  if (outputFields.has(plain)) {
    return wrong("unsupported_parameter", at, `cannot be used: set ${instead}`);
  }
  if (plain === "budgettokens" && typeof member === "number" && member >= maxOutputTokens) {
    return wrong(
      "invalid_request",
      at,
      `is ${member}, and must be below the ${maxOutputTokens} tokens of the answer`,
    );
  }
  if (plain === "anthropicbeta" && JSON.stringify(member).includes("context-")) {
    return wrong("unsupported_parameter", at, "cannot be used: longer windows have no bound here");
  }
  if (plain === "tools" && !areCallersTools(member)) {
    return wrong(
      "unsupported_parameter",
      at,
      "cannot be used: tools that the vendor runs have no price here",
    );
  }
  if (plain === "speed" && member !== "standard") {
    return wrong("unsupported_parameter", at, "cannot be used: only the standard speed has a price here");
  }
  if (plain === "servicetier" || plain === "performanceconfig") {
    return wrong("unsupported_parameter", at, "cannot be used: the tier is asked for beside the body");
  }
  if (plain === "mcpservers" || plain === "container") {
    return wrong("unsupported_parameter", at, "cannot be used: what the vendor runs has no price here");
  }
  return undefined;
}

function areCallersTools(tools: unknown): boolean {
  return (
    Array.isArray(tools) &&
    tools.every((tool) => {
      const { type } = Object(tool) as { type?: unknown };
      return type === undefined || type === "custom" || (typeof type === "string" && callersTool.test(type));
    })
  );
}

/** A refusal that names the member. */
export function wrong(
  code: "invalid_request" | "unsupported_parameter",
  param: string,
  what: string,
): Refusal {
  return refusal({ code, message: `${param} ${what}.`, param });
}
