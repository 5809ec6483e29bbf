/** Turns zod's first issue into words for the caller: which member, what it is, what it must be. */
import type { Problem } from "@caprock/domain";
import type { z } from "zod";

type Issue = z.core.$ZodIssue;
type Path = readonly PropertyKey[];

const longestTextShown = 40;

/** What the member must be, in words that follow "it must be"; the `error` function of a parse. */
export function expectationOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return withArticle(typeNames[issue.expected] ?? issue.expected);
    case "invalid_value":
      return issue.values.map((value) => JSON.stringify(value)).join(" or ");
    case "too_small":
      return issue.origin === "string" || issue.origin === "array"
        ? `${withArticle(issue.origin)} that is not empty`
        : `at least ${issue.minimum}`;
    case "too_big":
      return `at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** Issues of members that take one of a few words, or a name: what stands there is no prompt. */
const quotable: ReadonlySet<Issue["code"]> = new Set<Issue["code"]>([
  "invalid_value",
  "invalid_union",
  "invalid_format",
]);

const typeNames: Readonly<Record<string, string>> = { int: "whole number", record: "object" };

/** The problem that an issue of `body` stands for. Texts are quoted only where no prompt can stand. */
export function describeIssue(issue: Issue | undefined, body: unknown): Problem {
  if (!issue) {
    return { code: "invalid_request", message: "The body is not a chat-completions request." };
  }
  const leaf = deepest(issue, []);
  const param = pathText(leaf.path);
  if (leaf.issue.code === "custom" && leaf.issue.params?.code === "unsupported_parameter") {
    return { code: "unsupported_parameter", message: `\`${param}\`: ${leaf.issue.message}`, param };
  }
  const found = describeValue(valueAt(body, leaf.path), quotable.has(leaf.issue.code));
  return {
    code: "invalid_request",
    message: `\`${param}\` is ${found}; it must be ${leaf.issue.message}.`,
    param,
  };
}

/** Within a union, the branch that got furthest is the one the caller meant. */
function deepest(issue: Issue, above: Path): { readonly issue: Issue; readonly path: Path } {
  const path = [...above, ...issue.path];
  if (issue.code === "invalid_union") {
    for (const branch of issue.errors) {
      const inner = branch.find((candidate) => candidate.path.length > 0 || isRefusal(candidate));
      if (inner) {
        return deepest(inner, path);
      }
    }
  }
  return { issue, path };
}

function isRefusal(issue: Issue): boolean {
  return issue.code === "custom" && issue.params?.code === "unsupported_parameter";
}

/** Names a value without giving a prompt away: texts by their length, unless `quoteText`. */
export function describeValue(value: unknown, quoteText = false): string {
  if (value === undefined) {
    return "missing";
  }
  if (value === "") {
    return "an empty string";
  }
  if (typeof value === "string") {
    return quoteText && value.length <= longestTextShown
      ? JSON.stringify(value)
      : `a string of length ${value.length}`;
  }
  if (typeof value === "number" || typeof value === "boolean" || value === null) {
    return String(value);
  }
  if (Array.isArray(value)) {
    return value.length === 0 ? "an empty array" : `an array of length ${value.length}`;
  }
  return withArticle(typeof value);
}

function withArticle(noun: string): string {
  return /^[aeiou]/.test(noun) ? `an ${noun}` : `a ${noun}`;
}

function valueAt(body: unknown, path: Path): unknown {
  let value = body;
  for (const key of path) {
    value =
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined;
  }
  return value;
}

function pathText(path: Path): string {
  let text = "";
  for (const key of path) {
    const name = String(key).slice(0, longestTextShown);
    text += typeof key === "number" ? `[${name}]` : text === "" ? name : `.${name}`;
  }
  return text;
}
