/** Refuses members of a vendor's own body that could cost more than was held. */
import type { Refusal } from "@caprock/domain";
import type { VendorBody } from "@caprock/inference";
import { checkMember, wrong } from "../check-model-fields.ts";

/**
 * Checks the top of a body of InvokeModel, and of the one member that holds further limits. What stands deeper is
 * prompt, and the schemas of tools, which may name anything. Objects in S3 are refused wherever they stand: Bedrock
 * would read them with this deployment's rights, not the caller's.
 */
export function checkBodyMembers(
  body: object,
  vendor: Pick<VendorBody, "ownLimits" | "nestedIn" | "callersTool">,
  maxOutputTokens: number,
): Refusal | undefined {
  const { ownLimits, nestedIn } = vendor;
  const nested: object = nestedIn === undefined ? {} : Object(Object(body)[nestedIn]);
  const top = Object.entries(body).filter(([name]) => name !== nestedIn);
  const limitsStandHere = nestedIn === undefined;
  return (
    firstWrong(top, ([name, member]) =>
      limitsStandHere && ownLimits.includes(name)
        ? undefined
        : checkTop(name, member, vendor, maxOutputTokens),
    ) ??
    firstWrong(Object.entries(nested), ([name, member]) =>
      ownLimits.includes(name)
        ? undefined
        : checkMember(name, member, `${nestedIn}.${name}`, maxOutputTokens, limitsOfThisModel),
    ) ??
    checkToolConfig(body) ??
    checkRemote(body, "")
  );
}

const limitsOfThisModel = "the limit of this model's own body";

function firstWrong<Entry>(
  entries: readonly Entry[],
  check: (entry: Entry) => Refusal | undefined,
): Refusal | undefined {
  for (const entry of entries) {
    const found = check(entry);
    if (found) {
      return found;
    }
  }
  return undefined;
}

function checkTop(
  name: string,
  member: unknown,
  { callersTool }: Pick<VendorBody, "callersTool">,
  maxOutputTokens: number,
): Refusal | undefined {
  if (name === "tools") {
    return checkTools(member, callersTool);
  }
  return isSingle(name, member)
    ? undefined
    : checkMember(name, member, name, maxOutputTokens, limitsOfThisModel);
}

/** One answer is what every model gives unasked. */
function isSingle(name: string, value: unknown): boolean {
  return value === 1 && ["n", "best_of", "num_generations", "num_results"].includes(name);
}

function checkTools(tools: unknown, callersTool: VendorBody["callersTool"]): Refusal | undefined {
  return Array.isArray(tools) && tools.every((tool) => callersTool(Object(tool).type))
    ? undefined
    : wrong(
        "unsupported_parameter",
        "tools",
        "cannot be used: tools that the vendor runs have no price here",
      );
}

function checkToolConfig(body: object): Refusal | undefined {
  const tools: unknown = Object(Object(body).toolConfig).tools;
  return Array.isArray(tools) && tools.some((tool) => "systemTool" in Object(tool))
    ? wrong(
        "unsupported_parameter",
        "toolConfig.tools",
        "cannot be used: tools that Bedrock runs itself have no price here",
      )
    : undefined;
}

function checkRemote(value: object, path: string): Refusal | undefined {
  for (const [name, member] of Object.entries(value)) {
    if (typeof member !== "object" || member === null) {
      continue;
    }
    const at = Array.isArray(value) ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    const found =
      name === "s3Location" && typeof Object(member).uri === "string"
        ? wrong("unsupported_parameter", at, "cannot be used: send the bytes")
        : checkRemote(member, at);
    if (found) {
      return found;
    }
  }
  return undefined;
}
