/** What the form of a context policy holds, the policy that it means, and where a refusal of it belongs. */

import { AdminApiError, type TenantView } from "@caprock/contract";
import { messageOf } from "../api/failures.ts";
import type { PlacedRefusal } from "../ui/refusal.ts";

type Policy = TenantView["contextPolicy"];
export type Strategy = NonNullable<Policy["strategy"]> | "default";

/** Empty fields have the defaults. Shares are percent. */
export interface ContextPolicyValues {
  readonly strategy: Strategy;
  readonly windowTokens: string | number;
  readonly recallPercent: string | number;
  readonly summaryPercent: string | number;
  readonly summariserModel: string;
  readonly embeddingModel: string;
  readonly keepToolResults: string | number;
  readonly cachePoints: boolean;
  readonly memory: boolean;
  readonly memoriesPercent: string | number;
  readonly documentsPercent: string | number;
}

export const strategies: readonly { value: Strategy; label: string; description: string }[] = [
  {
    value: "default",
    label: "By kind of chat",
    description: "Relevance in sessions, newest exchanges for chats that callers send whole.",
  },
  { value: "window", label: "Newest exchanges", description: "What is older is not sent." },
  {
    value: "relevance",
    label: "Relevance",
    description: "Older messages that matter for the question are quoted before it.",
  },
  {
    value: "summarise",
    label: "Summary and relevance",
    description:
      "In sessions, a summary of what is older stands before the chat. It is made after answers, by a model, on this tenant's bill.",
  },
];

export function valuesOf(policy: Policy): ContextPolicyValues {
  return {
    strategy: policy.strategy ?? "default",
    windowTokens: policy.windowTokens ?? "",
    recallPercent: percentOf(policy.recallShare),
    summaryPercent: percentOf(policy.summaryShare),
    summariserModel: policy.summariserModel ?? "",
    embeddingModel: policy.embeddingModel ?? "",
    keepToolResults: policy.keepToolResults ?? "",
    cachePoints: policy.cachePoints ?? false,
    memory: policy.memory ?? false,
    memoriesPercent: percentOf(policy.memoriesShare),
    documentsPercent: percentOf(policy.documentsShare),
  };
}

/** The whole policy; what is left empty is left out, so that a default that changes counts. */
export function policyOf(values: ContextPolicyValues): Policy {
  const { strategy, windowTokens, recallPercent, summaryPercent, memoriesPercent } = values;
  const { documentsPercent, summariserModel, keepToolResults } = values;
  const [summariser, embedder] = [summariserModel.trim(), values.embeddingModel.trim()];
  return {
    ...(strategy === "default" ? {} : { strategy }),
    ...(windowTokens === "" ? {} : { windowTokens: Number(windowTokens) }),
    ...(recallPercent === "" ? {} : { recallShare: Number(recallPercent) / 100 }),
    ...(summaryPercent === "" ? {} : { summaryShare: Number(summaryPercent) / 100 }),
    ...(memoriesPercent === "" ? {} : { memoriesShare: Number(memoriesPercent) / 100 }),
    ...(documentsPercent === "" ? {} : { documentsShare: Number(documentsPercent) / 100 }),
    ...(summariser === "" ? {} : { summariserModel: summariser }),
    ...(embedder === "" ? {} : { embeddingModel: embedder }),
    ...(keepToolResults === "" ? {} : { keepToolResults: Number(keepToolResults) }),
    ...(values.cachePoints ? { cachePoints: true } : {}),
    ...(values.memory ? { memory: true } : {}),
  };
}

const wholeOrEmpty = (least: number, most: number) => (value: string | number) =>
  value === "" || (Number.isInteger(Number(value)) && Number(value) >= least && Number(value) <= most)
    ? null
    : `A whole number from ${least.toLocaleString("en")} to ${most.toLocaleString("en")}, or nothing`;

const percentOrEmpty = (value: string | number) =>
  value === "" || (Number(value) >= 0 && Number(value) <= 100) ? null : "0 to 100, or nothing";

/** Per field: what is wrong with it, or null. The API remains the judge; this only saves a round trip. */
export const contextPolicyRules = {
  windowTokens: wholeOrEmpty(1_000, 10_000_000),
  recallPercent: percentOrEmpty,
  summaryPercent: percentOrEmpty,
  memoriesPercent: percentOrEmpty,
  documentsPercent: percentOrEmpty,
  keepToolResults: wholeOrEmpty(1, 1_000),
};

const fields: Readonly<Record<string, keyof ContextPolicyValues>> = {
  strategy: "strategy",
  windowTokens: "windowTokens",
  recallShare: "recallPercent",
  summaryShare: "summaryPercent",
  memoriesShare: "memoriesPercent",
  documentsShare: "documentsPercent",
  summariserModel: "summariserModel",
  embeddingModel: "embeddingModel",
  keepToolResults: "keepToolResults",
};

/** The field of the member that the API names, else none: then the message belongs to the whole form. */
export function placePolicyRefusal(error: unknown): PlacedRefusal {
  const param = error instanceof AdminApiError ? error.param : undefined;
  const member = param?.split(/[/.]/).at(-1) ?? "";
  const field = fields[member];
  const said = messageOf(error);
  // Beside its field a message need not say which member it is about.
  return { field, message: field && said.startsWith(`${param}: `) ? said.slice(`${param}: `.length) : said };
}

/** Without the noise of binary fractions: 0.07 is 7 %. */
function percentOf(share: number | undefined): string | number {
  return share === undefined ? "" : Math.round(share * 1e6) / 1e4;
}
