/** Mistral's prices on Bedrock. */
import type { PriceEntry } from "../model-price.ts";
import { plainPrice } from "./plain-price.ts";

export const mistralPrices: readonly PriceEntry[] = [
  plainPrice("mistral.mistral-large-3-675b-instruct", ["region"], { input: "0.5", output: "1.5" }),
  plainPrice("mistral.ministral-3-14b-instruct", ["region"], { input: "0.2", output: "0.2" }),
  plainPrice("mistral.ministral-3-8b-instruct", ["region"], { input: "0.15", output: "0.15" }),
  plainPrice("mistral.ministral-3-3b-instruct", ["region"], { input: "0.1", output: "0.1" }),
  plainPrice("mistral.magistral-small-2509", ["region"], { input: "0.5", output: "1.5" }),
];
