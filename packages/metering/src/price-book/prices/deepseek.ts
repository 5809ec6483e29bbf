/** DeepSeek's prices on Bedrock. */
import type { PriceEntry } from "../model-price.ts";
import { plainPrice } from "./plain-price.ts";

export const deepseekPrices: readonly PriceEntry[] = [
  plainPrice("deepseek.v3.2", ["region", "us"], { input: "0.62", output: "1.85" }),
  plainPrice("deepseek.v3.2", ["eu"], { input: "0.74", output: "2.22" }),
  plainPrice("deepseek.r1-v1:0", ["us"], { input: "1.35", output: "5.4" }),
];
