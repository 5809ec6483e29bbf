/**
 * Claude on Bedrock, as of 2026-11-22.
 * Ids, profiles and limits: AWS model cards (October 2026) for the 5.5 generation and Fable 5.1, the LiteLLM model
 * file (copy of 2026-08-01) for the rest. No model here takes its bare id on demand in most Regions.
 * Structured output: the user guide names the 4.5 and 4.6 generations; callers report it of the later ones, and that the
 * Fables take no forced tool. Effort: callers report that Converse refuses `outputConfig.effort` of models to which
 * `output_config.effort` among their own fields is fine; adaptive thinking is the user guide's, "adaptive-thinking".
 * Prompt cache: Bedrock's user guide, "prompt-caching", October 2026; it does not name Haiku 5.5, see there.
 * Search results: Anthropic's documentation, "search-results", names models up to the 4.6 generation; taken to hold of the later ones.
 * CountTokens: Bedrock's user guide, "count-tokens"; false where a card says no or nothing.
 */
import type { Model, ReasoningControl } from "@caprock/domain";
import { tokenizerFactors } from "./tokenizer-factors.ts";

interface ClaudeFacts {
  readonly id: string;
  readonly name: string;
  readonly profiles: readonly string[];
  readonly contextWindowTokens: number;
  readonly maxOutputTokens: number;
  readonly tokenizerFactor: number;
  readonly countTokens: boolean;
  readonly leastCachedTokens: number;
  readonly forcedTools?: boolean;
  readonly reasoningControl?: ReasoningControl;
  readonly bindsReasoning?: boolean;
}

function claude({
  countTokens,
  leastCachedTokens,
  forcedTools = true,
  reasoningControl = "adaptive",
  ...facts
}: ClaudeFacts): Model {
  return {
    ...facts,
    promptCache: { minimumTokens: leastCachedTokens, checkpoints: 4, tools: true },
    vendor: "anthropic",
    modality: "chat",
    callableBare: false,
    supports: {
      tools: true,
      toolsWhileStreaming: true,
      images: true,
      system: true,
      countTokens,
      forcedTools,
      structuredOutput: true,
      searchResults: true,
    },
    reasoningControl,
  };
}

const everywhere = ["global", "us", "eu", "au", "jp"];
const large = { contextWindowTokens: 1_000_000, maxOutputTokens: 128_000 };
const newer = { ...large, tokenizerFactor: tokenizerFactors.claudeFrom47, countTokens: false };
/** Bedrock's user guide, "Preserved thinking", names Fable 5.1; Anthropic's page on its error names these. */
const newest = { ...newer, bindsReasoning: true };
const older = { tokenizerFactor: tokenizerFactors.claudeUpTo46, countTokens: true };

export const anthropicModels: readonly Model[] = [
  claude({
    id: "anthropic.claude-opus-5-5",
    leastCachedTokens: 512,
    name: "Claude Opus 5.5",
    profiles: everywhere,
    ...newest,
  }),
  // The card lists us. and eu.; at its launch in late September only global. answered.
  claude({
    id: "anthropic.claude-sonnet-5-5",
    leastCachedTokens: 512,
    name: "Claude Sonnet 5.5",
    profiles: ["global", "us", "eu"],
    ...newest,
  }),
  // No source at hand states its least cached prefix: this is the largest of the family, since a prefix that is cached
  // later than it could be costs less than one that never is, and a point below the least is served without caching.
  claude({
    id: "anthropic.claude-haiku-5-5",
    leastCachedTokens: 4_096,
    name: "Claude Haiku 5.5",
    profiles: everywhere,
    ...newest,
  }),
  // Sources differ on an eu. profile, so it is left out. The account must allow "aws_review" data retention.
  claude({
    id: "anthropic.claude-fable-5-1",
    leastCachedTokens: 512,
    name: "Claude Fable 5.1",
    profiles: ["global", "us"],
    forcedTools: false,
    ...newest,
  }),
  claude({
    id: "anthropic.claude-opus-5",
    leastCachedTokens: 512,
    name: "Claude Opus 5",
    profiles: everywhere,
    ...newer,
  }),
  claude({
    id: "anthropic.claude-sonnet-5",
    leastCachedTokens: 1_024,
    name: "Claude Sonnet 5",
    profiles: everywhere,
    ...newer,
  }),
  claude({
    id: "anthropic.claude-fable-5",
    leastCachedTokens: 512,
    name: "Claude Fable 5",
    profiles: ["global", "us", "eu"],
    forcedTools: false,
    ...newer,
  }),
  claude({
    id: "anthropic.claude-opus-4-8",
    leastCachedTokens: 1_024,
    name: "Claude Opus 4.8",
    profiles: everywhere,
    ...newer,
  }),
  claude({
    id: "anthropic.claude-opus-4-7",
    leastCachedTokens: 4_096,
    name: "Claude Opus 4.7",
    profiles: everywhere,
    ...newer,
  }),
  claude({
    id: "anthropic.claude-opus-4-6-v1",
    leastCachedTokens: 4_096,
    name: "Claude Opus 4.6",
    profiles: ["global", "us", "eu", "au"],
    ...large,
    ...older,
  }),
  claude({
    id: "anthropic.claude-sonnet-4-6",
    leastCachedTokens: 1_024,
    name: "Claude Sonnet 4.6",
    profiles: everywhere,
    contextWindowTokens: 1_000_000,
    maxOutputTokens: 64_000,
    ...older,
  }),
  claude({
    id: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    leastCachedTokens: 1_024,
    name: "Claude Sonnet 4.5",
    reasoningControl: "budget",
    profiles: everywhere,
    contextWindowTokens: 200_000,
    maxOutputTokens: 64_000,
    ...older,
  }),
  claude({
    id: "anthropic.claude-haiku-4-5-20251001-v1:0",
    leastCachedTokens: 4_096,
    name: "Claude Haiku 4.5",
    reasoningControl: "budget",
    profiles: everywhere,
    contextWindowTokens: 200_000,
    maxOutputTokens: 64_000,
    ...older,
  }),
];
