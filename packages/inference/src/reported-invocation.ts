/** Reads the usage of an InvokeModel call where AWS and the vendors put it; nothing is derived that was not reported. */
import type { TokenUsage } from "@caprock/domain";
import type { InvokeHeaders } from "./bedrock-runtime.ts";

/**
 * Counts that Bedrock itself puts into headers of a whole answer. AWS documents no list of them; these are the names
 * that clients read in the field (Datadog's, OpenLLMetry's and LiteLLM's instrumentation). Input excludes what was
 * read from or written to a cache, as in Converse.
 */
const countHeaders = {
  input: "x-amzn-bedrock-input-token-count",
  output: "x-amzn-bedrock-output-token-count",
  cacheRead: "x-amzn-bedrock-cache-read-input-token-count",
  cacheWrite: "x-amzn-bedrock-cache-write-input-token-count",
} as const;

/** The member of a stream's last chunk that carries Bedrock's own counts, whichever vendor's the chunk is. */
const metricsMember = "amazon-bedrock-invocationMetrics";

interface Counts {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/**
 * The usage of a whole answer: by its headers, else by its body; undefined where neither tells. `body` is asked for
 * only where it is needed, since large answers need not be parsed otherwise. Headers do not split cache writes by
 * their lifetime; bodies that do are believed.
 */
export function reportedInvocation(headers: InvokeHeaders, body: () => unknown): TokenUsage | undefined {
  const counts = countsOfHeaders(headers);
  if (counts && counts.cacheWrite === 0) {
    return toUsage(counts, 0);
  }
  const read = body();
  const known = counts ?? countsOfBody(read);
  return known && toUsage(known, hourWrites(read));
}

/** The usage that a chunk of a stream tells, if it is the one with Bedrock's counts. */
export function reportedByChunk(chunk: unknown, cacheWrite1h: number): TokenUsage | undefined {
  const metrics = membersOf(membersOf(chunk)[metricsMember]);
  const counts = countsOf(metrics, [
    "inputTokenCount",
    "outputTokenCount",
    "cacheReadInputTokenCount",
    "cacheWriteInputTokenCount",
  ]);
  return counts && toUsage(counts, cacheWrite1h);
}

/** Cache writes of one hour that an Anthropic answer, or the first chunk of its stream, tells. */
export function hourWrites(answer: unknown): number {
  const { usage, message } = membersOf(answer);
  const { cache_creation } = membersOf(usage ?? membersOf(message).usage);
  return countIn(membersOf(cache_creation), "ephemeral_1h_input_tokens") ?? 0;
}

/** The tier that served the call, where Bedrock said so. */
export function invocationTier(headers: InvokeHeaders): string | undefined {
  return headers["x-amzn-bedrock-service-tier"];
}

function countsOfHeaders(headers: InvokeHeaders): Counts | undefined {
  const count = (name: string) => {
    const text = headers[name];
    return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
  };
  const input = count(countHeaders.input);
  return input === undefined
    ? undefined
    : {
        input,
        output: count(countHeaders.output) ?? 0,
        cacheRead: count(countHeaders.cacheRead) ?? 0,
        cacheWrite: count(countHeaders.cacheWrite) ?? 0,
      };
}

/** Each vendor's own form: Anthropic, Nova, chat completions, Llama, Titan embeddings. */
function countsOfBody(body: unknown): Counts | undefined {
  const answer = membersOf(body);
  const usage = membersOf(answer.usage);
  return (
    countsOf(usage, [
      "input_tokens",
      "output_tokens",
      "cache_read_input_tokens",
      "cache_creation_input_tokens",
    ]) ??
    countsOf(usage, [
      "inputTokens",
      "outputTokens",
      "cacheReadInputTokenCount",
      "cacheWriteInputTokenCount",
    ]) ??
    chatCompletionCounts(usage) ??
    countsOf(answer, ["prompt_token_count", "generation_token_count"]) ??
    textCounts(answer)
  );
}

/** OpenAI's `prompt_tokens` include those that were read from a cache, which `prompt_tokens_details` tells. */
function chatCompletionCounts(usage: Record<string, unknown>): Counts | undefined {
  const counts = countsOf(usage, ["prompt_tokens", "completion_tokens"]);
  const cached = countIn(membersOf(usage.prompt_tokens_details), "cached_tokens") ?? 0;
  return counts && { ...counts, input: Math.max(0, counts.input - cached), cacheRead: cached };
}

function textCounts(answer: Record<string, unknown>): Counts | undefined {
  const input = countIn(answer, "inputTextTokenCount");
  return input === undefined ? undefined : { input, output: 0, cacheRead: 0, cacheWrite: 0 };
}

type CountNames = readonly [input: string, output: string, cacheRead?: string, cacheWrite?: string];

function countsOf(
  members: Record<string, unknown>,
  [inputName, outputName, readName, writeName]: CountNames,
): Counts | undefined {
  const input = countIn(members, inputName);
  const output = countIn(members, outputName);
  return input === undefined || output === undefined
    ? undefined
    : {
        input,
        output,
        cacheRead: (readName && countIn(members, readName)) || 0,
        cacheWrite: (writeName && countIn(members, writeName)) || 0,
      };
}

function toUsage({ input, output, cacheRead, cacheWrite }: Counts, hour: number): TokenUsage {
  const cacheWrite1h = Math.min(hour, cacheWrite);
  return { input, cacheRead, cacheWrite5m: cacheWrite - cacheWrite1h, cacheWrite1h, output };
}

function countIn(members: Record<string, unknown>, name: string): number | undefined {
  const value = members[name];
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
