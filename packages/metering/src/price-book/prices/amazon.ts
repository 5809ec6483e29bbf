/**
 * Prices of Amazon's models. Nova cache reads cost a quarter of the input rate, writes the input rate (models.dev,
 * October 2026; the LiteLLM file lists the quarter for Nova 2 only). Nova has no one-hour cache, so no rate for it.
 */
import { parseUsd } from "@caprock/domain";
import type { PriceEntry } from "../model-price.ts";
import { usdPerMillion } from "../rates.ts";
import { awsBatchList, liteLlmAugust, liteLlmAugustDate, modelsDevOctober } from "./sources.ts";

interface NovaPrice {
  readonly model: string;
  readonly routes: readonly string[];
  readonly input: string;
  readonly cacheRead: string;
  readonly output: string;
  readonly source?: string;
}

function nova({ model, routes, input, cacheRead, output, source }: NovaPrice): PriceEntry {
  return {
    modelId: `amazon.nova-${model}-v1:0`,
    routes,
    effectiveFrom: liteLlmAugustDate,
    source: source ?? `${liteLlmAugust}; cache rates: ${modelsDevOctober}`,
    tokenRates: usdPerMillion({ input, cacheRead, cacheWrite5m: input, output }),
    otherTiers: { batch: awsBatchList },
  };
}

const base = ["region", "us"];

/** The book's name for what guardrails are billed as, and the catalog's for ApplyGuardrail, which is of no model. */
export const guardrailsId = "amazon.bedrock-guardrails";

/** The book's name for what AgentCore Memory is billed as: it is no model, and nobody calls it by this name. */
export const agentCoreMemoryId = "amazon.bedrock-agentcore-memory";

export const amazonPrices: readonly PriceEntry[] = [
  nova({ model: "2-lite", routes: ["global"], input: "0.3", cacheRead: "0.075", output: "2.5" }),
  nova({ model: "2-lite", routes: ["us"], input: "0.33", cacheRead: "0.0825", output: "2.75" }),
  // LiteLLM lists eu. at 0.33 and 2.75: the dearer holds.
  nova({
    model: "2-lite",
    routes: ["eu"],
    input: "0.374",
    cacheRead: "0.0935",
    output: "3.157",
    source: modelsDevOctober,
  }),
  nova({
    model: "2-lite",
    routes: ["jp"],
    input: "0.396",
    cacheRead: "0.099",
    output: "3.311",
    source: modelsDevOctober,
  }),
  nova({ model: "pro", routes: base, input: "0.8", cacheRead: "0.2", output: "3.2" }),
  nova({ model: "pro", routes: ["apac"], input: "0.84", cacheRead: "0.21", output: "3.36" }),
  // models.dev lists Nova eu. at 15 percent above us., LiteLLM at 30: the dearer holds, here and below.
  nova({ model: "pro", routes: ["eu"], input: "1.05", cacheRead: "0.2625", output: "4.2" }),
  nova({ model: "lite", routes: base, input: "0.06", cacheRead: "0.015", output: "0.24" }),
  nova({ model: "lite", routes: ["apac"], input: "0.063", cacheRead: "0.01575", output: "0.252" }),
  nova({ model: "lite", routes: ["eu"], input: "0.078", cacheRead: "0.0195", output: "0.312" }),
  nova({ model: "micro", routes: base, input: "0.035", cacheRead: "0.00875", output: "0.14" }),
  nova({ model: "micro", routes: ["apac"], input: "0.037", cacheRead: "0.00925", output: "0.148" }),
  nova({ model: "micro", routes: ["eu"], input: "0.046", cacheRead: "0.0115", output: "0.184" }),
  {
    modelId: "amazon.nova-2-multimodal-embeddings-v1:0",
    routes: ["region"],
    effectiveFrom: liteLlmAugustDate,
    source: liteLlmAugust,
    tokenRates: usdPerMillion({ input: "0.135", output: "0" }),
    unitRates: { inputImage: parseUsd("0.00006") },
  },
  {
    modelId: "amazon.titan-embed-text-v2:0",
    routes: ["region"],
    effectiveFrom: liteLlmAugustDate,
    source: liteLlmAugust,
    tokenRates: usdPerMillion({ input: "0.02", output: "0" }),
    otherTiers: { batch: awsBatchList },
  },
  {
    // AWS serves it by batch too, but at what price an image, no list says.
    modelId: "amazon.titan-embed-image-v1",
    routes: ["region"],
    effectiveFrom: liteLlmAugustDate,
    source: liteLlmAugust,
    tokenRates: usdPerMillion({ input: "0.8", output: "0" }),
    unitRates: { inputImage: parseUsd("0.00006") },
  },
  {
    modelId: guardrailsId,
    routes: ["region"],
    effectiveFrom: liteLlmAugustDate,
    source:
      "Amazon Bedrock pricing, Guardrails, as two guides quote it (May and June 2026), and as readers of AWS's price list print it (August 2026): 0.15 USD for 1,000 text units of topics and of content, 0.10 of sensitive information and of grounding, 0.17 of reasoning, 0.00075 an image",
    unitRates: {
      guardrailTopics: parseUsd("0.00015"),
      guardrailContent: parseUsd("0.00015"),
      guardrailPersonalData: parseUsd("0.0001"),
      guardrailGrounding: parseUsd("0.0001"),
      guardrailReasoning: parseUsd("0.00017"),
      guardrailImages: parseUsd("0.00075"),
    },
  },
  {
    // What long-term memory keeps is billed by the month too, at 0.75 USD for 1,000 records: no call tells of that.
    modelId: agentCoreMemoryId,
    routes: ["region"],
    effectiveFrom: liteLlmAugustDate,
    source:
      "AWS's agent toolkit (github.com/aws/agent-toolkit-for-aws, agents-optimize/references/cost.md), November 2026: 0.25 USD for 1,000 new events, 0.50 for 1,000 retrievals",
    unitRates: { memoryEvent: parseUsd("0.00025"), memoryRetrieval: parseUsd("0.0005") },
  },
];
