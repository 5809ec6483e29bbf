/** Refuses what no budget can be computed with: compared with a number, `undefined` or NaN lets every prompt pass. */
import { CaprockError } from "@caprock/domain";
import type { FitOptions } from "./fit.ts";
import type { FitInput } from "./fit-input.ts";

/** Throws CaprockError (`invalid_request`) that names the member, its value, and what it has to be. */
export function checkFit(input: FitInput, options: FitOptions): void {
  const { model, reserveOutputTokens, counter, shares = {}, recall, stepTokens, clearToolResults } = options;
  // One below 0 has no room for anything, and is refused as that.
  checkNumber("model.contextWindowTokens", model?.contextWindowTokens, Number.NEGATIVE_INFINITY);
  if (!counter) {
    checkFactor("model.tokenizerFactor", model.tokenizerFactor);
  }
  checkNumber("reserveOutputTokens", reserveOutputTokens);
  for (const [part, share] of [...Object.entries(shares), ["recall", recall?.share] as const]) {
    checkGiven(part === "recall" ? "recall.share" : `shares.${part}`, share, 1);
  }
  checkGiven("recall.mostTokens", recall?.mostTokens);
  checkGiven("stepTokens", stepTokens);
  checkGiven("clearToolResults.keep", clearToolResults?.keep);
  if (!Array.isArray(input.history)) {
    throw wrong("history", input.history, "an array of messages, oldest first");
  }
  for (const part of ["preferences", "memories", "documents"] as const) {
    for (const [place, item] of (input[part] ?? []).entries()) {
      if (typeof item?.text !== "string") {
        throw wrong(`${part}[${place}].text`, item?.text, "a text");
      }
    }
  }
}

/** What counts are multiplied by. */
export function checkFactor(name: string, factor: unknown): void {
  if (!(typeof factor === "number" && Number.isFinite(factor) && factor > 0)) {
    throw wrong(name, factor, "a number above 0");
  }
}

function checkNumber(name: string, value: unknown, least = 0): void {
  if (!(typeof value === "number" && Number.isFinite(value) && value >= least)) {
    throw wrong(name, value, least === 0 ? "a number of 0 or more" : "a number");
  }
}

function checkGiven(name: string, value: unknown, most?: number): void {
  if (value !== undefined && !(typeof value === "number" && value >= 0 && value <= (most ?? value))) {
    throw wrong(name, value, most === undefined ? "a number of 0 or more" : `a number from 0 to ${most}`);
  }
}

/** A text may be a prompt's, which no error tells. */
function wrong(name: string, value: unknown, expected: string): CaprockError {
  const shown = typeof value === "number" || value === undefined ? String(value) : `of type ${typeof value}`;
  return new CaprockError({
    code: "invalid_request",
    message: `"${name}" is ${shown}, and has to be ${expected}.`,
    param: name,
  });
}
