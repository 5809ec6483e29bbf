/** The headers by which a request says how its chat is fitted, and whether it is told what came of it. */

import type { FitReport } from "@caprock/context";
import { contextPolicy } from "@caprock/contract";
import { type ContextPolicy, type Refusal, refusal } from "@caprock/domain";
import type { TurnReport } from "@caprock/turn";
import type { Context } from "hono";
import type { z } from "zod";
import type { RequestEnv } from "../http/request-context.ts";
import { describeIssue, describeValue, expectationOf } from "./protocols/openai/describe-issue.ts";

export const contextPolicyHeaderName = "x-caprock-context";
/** Asks for the report. */
export const contextReportWishName = "x-caprock-report";
export const contextReportHeaderName = "x-caprock-context-report";

/** The policy of `x-caprock-context`, JSON as a tenant's policy has it. Refuses what neither header takes. */
export function readContextHeaders(
  c: Context<RequestEnv>,
): { readonly policy: ContextPolicy | undefined } | Refusal {
  const wanted = c.req.header(contextReportWishName);
  if (wanted !== undefined && wanted !== "context") {
    const found = describeValue(wanted, true);
    return wrong(contextReportWishName, `is ${found}; it must be "context", or be left out.`);
  }
  const text = c.req.header(contextPolicyHeaderName);
  if (text === undefined) {
    return { policy: undefined };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return wrong(contextPolicyHeaderName, `is no JSON; ${toSend}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return wrong(contextPolicyHeaderName, `is ${describeValue(value)}; ${toSend}`);
  }
  const read = contextPolicy.safeParse(value, { error: expectationOf });
  return read.success ? { policy: read.data } : wrongMember(read.error.issues[0], value);
}

const toSend = 'send a JSON object, for example {"windowTokens":4000}.';

/** By the header and the member's path in it: the caller has no other name for what it sent. */
function wrongMember(issue: z.core.$ZodIssue | undefined, value: object): Refusal {
  if (issue?.code === "unrecognized_keys") {
    const name = (issue.keys[0] ?? "").slice(0, longestName);
    const known = Object.keys(contextPolicy.shape).join(", ");
    return wrong(`${contextPolicyHeaderName}.${name}`, `is not known; the header's members are ${known}.`);
  }
  const { message, param } = describeIssue(issue, value);
  return refusal({
    code: "invalid_request",
    message: `${contextPolicyHeaderName}: ${message}`,
    param: `${contextPolicyHeaderName}.${param}`,
  });
}

/** A caller can send anything, of any length. */
const longestName = 40;

function wrong(param: string, what: string): Refusal {
  return refusal({ code: "invalid_request", message: `${param}: ${what}`, param });
}

/** How the prompt was fitted, for who asked: numbers and reasons, nothing of what was said. */
export function contextReportHeader(
  c: Context<RequestEnv>,
  { context, recalled, likeness }: Pick<TurnReport, "context" | "recalled" | "likeness">,
): Record<string, string> {
  if (context === undefined || c.req.header(contextReportWishName) !== "context") {
    return {};
  }
  return { [contextReportHeaderName]: JSON.stringify(shownReport(context, { recalled, likeness })) };
}

/**
 * Without ids, of which there may be as many as a chat has messages, so that it is short enough for a header. The documents that
 * the question brings are told by their numbers in it.
 */
export function shownReport(
  { changes, questionDocuments, ...report }: FitReport,
  { recalled, likeness }: Pick<TurnReport, "recalled" | "likeness">,
) {
  return {
    ...report,
    changes: changes.map(({ ids, ...change }) => ({ ...change, count: ids.length })),
    ...(questionDocuments && {
      questionDocuments: {
        kept: rangesOf(questionDocuments.kept),
        cut: rangesOf(questionDocuments.cut),
        duplicates: rangesOf(questionDocuments.duplicates),
        dropped: rangesOf(questionDocuments.dropped),
      },
    }),
    ...(likeness && { likeness }),
    ...(recalled && {
      memory: { ...recalled, notes: recalled.notes.length, preferences: recalled.preferences.length },
    }),
  };
}

const mostRanges = 100;

/** Rising numbers as "0-3,7"; what is more than a header should hold is "...". */
function rangesOf(numbers: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const number of numbers) {
    const newest = ranges.at(-1);
    if (newest && newest[1] === number - 1) {
      newest[1] = number;
    } else {
      ranges.push([number, number]);
    }
  }
  const written = ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`));
  return (written.length > mostRanges ? [...written.slice(0, mostRanges), "..."] : written).join(",");
}
