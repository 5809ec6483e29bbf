/**
 * Prices of provisioned throughput. AWS publishes none for today's models: its account teams quote them. What has
 * one is old, and what is not listed here finds no price.
 */
import { parseUsd } from "@caprock/domain";
import type { Commitment, ProvisionedPriceEntry } from "../provisioned-price.ts";
import { liteLlmAugust, liteLlmAugustDate } from "./sources.ts";

type UsdPerUnitHour = Readonly<Partial<Record<Commitment, string>>>;

function unitHour(
  modelIds: readonly string[],
  usd: UsdPerUnitHour,
  from: Pick<ProvisionedPriceEntry, "source" | "effectiveFrom" | "regions">,
): ProvisionedPriceEntry[] {
  const nanoUsdPerUnitHour = Object.fromEntries(
    Object.entries(usd).map(([commitment, amount]) => [commitment, parseUsd(amount)]),
  );
  return modelIds.map((modelId) => ({ modelId, ...from, nanoUsdPerUnitHour }));
}

/** The file lists prices by the second: its figure times 3,600, as AWS words it by the hour. */
const liteLlm = { source: `${liteLlmAugust}, commitment keys`, effectiveFrom: liteLlmAugustDate };
/** A table in a public blog post (Kateryna M., "AI Token Pricing"), read on the day below; not confirmed since. */
const blog = {
  source:
    "Second-hand: a blog post's table of Amazon Bedrock's provisioned prices, early 2024, read 2026-11-22",
  effectiveFrom: "2026-11-22",
};

const claude = ["anthropic.claude-v1", "anthropic.claude-v2:1"];
const claudeInstant = ["anthropic.claude-instant-v1"];
const us = { ...liteLlm, regions: ["us-east-1", "us-west-2"] };
const frankfurt = { ...liteLlm, regions: ["eu-central-1"] };
const tokyo = { ...liteLlm, regions: ["ap-northeast-1"] };

export const provisionedPrices: readonly ProvisionedPriceEntry[] = [
  // The file has 34.99 (0.00972 a second), the blog post 35.00: the dearer holds.
  unitHour(claude, { oneMonth: "63", sixMonths: "35" }, us),
  unitHour(claude, { oneMonth: "149.4", sixMonths: "82.98" }, frankfurt),
  unitHour(claude, { oneMonth: "163.8", sixMonths: "90.97" }, tokyo),
  unitHour(claudeInstant, { oneMonth: "39.6", sixMonths: "22" }, us),
  unitHour(claudeInstant, { oneMonth: "58.86", sixMonths: "32.7" }, frankfurt),
  unitHour(claudeInstant, { oneMonth: "53.1", sixMonths: "29.5" }, tokyo),
  // Uncommitted prices of Cohere's (49.50 and 8.56) are told from memory only, and left out.
  unitHour(["cohere.command-text-v14"], { oneMonth: "39.6", sixMonths: "23.77" }, liteLlm),
  unitHour(["cohere.command-light-text-v14"], { oneMonth: "6.85", sixMonths: "4.11" }, liteLlm),
  unitHour(["amazon.titan-text-express-v1"], { none: "20.5", oneMonth: "18.4", sixMonths: "14.8" }, blog),
  unitHour(["amazon.titan-text-lite-v1"], { none: "7.1", oneMonth: "6.4", sixMonths: "5.1" }, blog),
  unitHour(["amazon.titan-embed-text-v1"], { oneMonth: "6.4", sixMonths: "5.1" }, blog),
  unitHour(["amazon.titan-embed-image-v1"], { none: "9.38", oneMonth: "8.45", sixMonths: "6.75" }, blog),
  unitHour(
    ["meta.llama2-13b-chat-v1", "meta.llama2-70b-chat-v1"],
    { oneMonth: "21.18", sixMonths: "13.08" },
    blog,
  ),
  unitHour(["stability.stable-diffusion-xl-v1"], { oneMonth: "49.86", sixMonths: "46.18" }, blog),
].flat();
