/**
 * Claude's prices on Bedrock. A geographic profile costs ten percent more than global. in every class (checked
 * against the listed geo prices of every model from Claude 4.5 on). Bare ids are not callable and have no price.
 */
import type { LongContextRates, PriceEntry, TokenRates } from "../model-price.ts";
import { scaleLongContext, scaleRates, usdPerMillion } from "../rates.ts";
import { awsBatchList, liteLlmAugust, liteLlmAugustDate, portkeyBatch } from "./sources.ts";

interface ClaudePrice {
  readonly modelId: string;
  readonly geo: readonly string[];
  readonly global: TokenRates;
  readonly longContext?: LongContextRates;
  readonly effectiveFrom?: string;
  readonly source?: string;
  /** Where the half price of batch was read. Opus 5.5 and Sonnet 5.5 are not served by batch (AWS model cards). */
  readonly batch?: string;
}

const usEuAuJp = ["us", "eu", "au", "jp"];
const opusUsd = { input: "5", cacheRead: "0.5", cacheWrite5m: "6.25", cacheWrite1h: "10", output: "25" };
const sonnet45Usd = { input: "3", cacheRead: "0.3", cacheWrite5m: "3.75", cacheWrite1h: "6", output: "15" };

function globalAndGeo(price: ClaudePrice): readonly PriceEntry[] {
  const { modelId, geo, global, longContext } = price;
  const dated = {
    modelId,
    effectiveFrom: price.effectiveFrom ?? liteLlmAugustDate,
    source: price.source ?? liteLlmAugust,
    ...(price.batch !== undefined && { otherTiers: { batch: price.batch } }),
  };
  return [
    { ...dated, routes: ["global"], tokenRates: global, ...(longContext && { longContext }) },
    {
      ...dated,
      routes: geo,
      tokenRates: scaleRates(global, 11n, 10n),
      ...(longContext && { longContext: scaleLongContext(longContext, 11n, 10n) }),
    },
  ];
}

export const anthropicPrices: readonly PriceEntry[] = [
  // The geo price of one-hour writes (8.80) is the global one with the ten percent; no source lists it.
  {
    modelId: "anthropic.claude-opus-5-5",
    geo: usEuAuJp,
    global: usdPerMillion({
      input: "4",
      cacheRead: "0.2",
      cacheWrite5m: "5",
      cacheWrite1h: "8",
      output: "20",
    }),
    effectiveFrom: "2026-09-22",
    source: "Anthropic's list price and two published price tables, October 2026",
  },
  // models.dev lists cache reads at 0.10 since October 2026, LiteLLM at 0.20: the dearer holds.
  {
    modelId: "anthropic.claude-sonnet-5-5",
    geo: ["us", "eu"],
    global: usdPerMillion({
      input: "2",
      cacheRead: "0.2",
      cacheWrite5m: "2.5",
      cacheWrite1h: "4",
      output: "10",
    }),
    effectiveFrom: "2026-09-28",
    source: "LiteLLM price file, autumn 2026 (commit 21881c57)",
  },
  // Five times the price for the whole request once the prompt is longer than 100,000 tokens.
  {
    modelId: "anthropic.claude-haiku-5-5",
    geo: usEuAuJp,
    global: usdPerMillion({
      input: "0.1",
      cacheRead: "0.01",
      cacheWrite5m: "0.125",
      cacheWrite1h: "0.2",
      output: "0.5",
    }),
    longContext: {
      thresholdTokens: 100_000,
      rates: usdPerMillion({
        input: "0.5",
        cacheRead: "0.05",
        cacheWrite5m: "0.625",
        cacheWrite1h: "1",
        output: "2.5",
      }),
    },
    effectiveFrom: "2026-10-07",
    source: "Anthropic's model overview and models.dev (Amazon Bedrock, geo prices), October 2026",
  },
  // The global price of one-hour writes is the listed geo one (22) without its ten percent, as Fable 5's is.
  {
    modelId: "anthropic.claude-fable-5-1",
    geo: ["us"],
    global: usdPerMillion({
      input: "10",
      cacheRead: "0.25",
      cacheWrite5m: "12.5",
      cacheWrite1h: "20",
      output: "50",
    }),
    effectiveFrom: "2026-10-01",
    source: "two published price tables, October 2026",
  },
  { modelId: "anthropic.claude-opus-5", geo: usEuAuJp, global: usdPerMillion(opusUsd) },
  // Some sources announced 3 and 15 from 2026-09-01; Anthropic's later tables still say 2 and 10.
  {
    modelId: "anthropic.claude-sonnet-5",
    geo: usEuAuJp,
    global: usdPerMillion({
      input: "2",
      cacheRead: "0.2",
      cacheWrite5m: "2.5",
      cacheWrite1h: "4",
      output: "10",
    }),
  },
  {
    modelId: "anthropic.claude-fable-5",
    geo: ["us", "eu"],
    global: usdPerMillion({
      input: "10",
      cacheRead: "1",
      cacheWrite5m: "12.5",
      cacheWrite1h: "20",
      output: "50",
    }),
  },
  { modelId: "anthropic.claude-opus-4-8", geo: usEuAuJp, global: usdPerMillion(opusUsd) },
  {
    modelId: "anthropic.claude-opus-4-7",
    geo: usEuAuJp,
    global: usdPerMillion(opusUsd),
    batch: portkeyBatch,
  },
  {
    modelId: "anthropic.claude-opus-4-6-v1",
    geo: ["us", "eu", "au"],
    global: usdPerMillion(opusUsd),
    batch: portkeyBatch,
  },
  {
    modelId: "anthropic.claude-sonnet-4-6",
    geo: usEuAuJp,
    global: usdPerMillion(sonnet45Usd),
    batch: portkeyBatch,
  },
  {
    modelId: "anthropic.claude-sonnet-4-5-20250929-v1:0",
    geo: usEuAuJp,
    batch: awsBatchList,
    global: usdPerMillion(sonnet45Usd),
    longContext: {
      thresholdTokens: 200_000,
      rates: usdPerMillion({
        input: "6",
        cacheRead: "0.6",
        cacheWrite5m: "7.5",
        cacheWrite1h: "12",
        output: "22.5",
      }),
    },
  },
  {
    modelId: "anthropic.claude-haiku-4-5-20251001-v1:0",
    geo: usEuAuJp,
    batch: awsBatchList,
    global: usdPerMillion({
      input: "1",
      cacheRead: "0.1",
      cacheWrite5m: "1.25",
      cacheWrite1h: "2",
      output: "5",
    }),
  },
].flatMap(globalAndGeo);
