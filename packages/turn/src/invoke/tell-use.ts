/** Tells a turn what a whole answer of InvokeModel says that it used. */
import { type Model, noTokens, type TokenUsage } from "@caprock/domain";
import { type InvokeAnswer, invocationTier, reportedInvocation } from "@caprock/inference";
import type { UnitCounts } from "@caprock/metering";
import { countTokens } from "../assemble-context.ts";
import type { Told } from "../operation.ts";
import { readGeneratedText } from "./generated-text.ts";

/**
 * Returns the usage, where it is told. An answer without usage has been made and is owed to its caller: it is
 * settled by Caprock's own count until the invocation log corrects that.
 */
export function tellUse(
  { headers, body }: InvokeAnswer,
  {
    units,
    promptTokens,
    model,
    told,
  }: {
    readonly units: UnitCounts;
    readonly promptTokens: () => number;
    readonly model: Model;
    readonly told: Told;
  },
): TokenUsage | undefined {
  const parsed = once(() => parseJson(body));
  const drawn = (units.image ?? 0) === 0 ? units : { ...units, image: imagesIn(parsed()) ?? units.image };
  const usage = model.modality === "image" ? noTokens : reportedInvocation(headers, parsed);
  if (usage) {
    told.used({ usage, units: drawn, serviceTier: invocationTier(headers) });
    return usage;
  }
  const outputTokens = countTokens(readGeneratedText(parsed()), model);
  told.inDoubt({ hasBegun: true, promptTokens: promptTokens(), outputTokens, units: drawn });
  return undefined;
}

/** How many images an answer holds; one that was filtered has none. Undefined for an answer that cannot be read. */
function imagesIn(answer: unknown): number | undefined {
  if (answer === undefined) {
    return undefined;
  }
  const { images } = Object(answer) as { images?: unknown };
  return Array.isArray(images) ? images.filter((image) => typeof image === "string").length : 0;
}

/** The JSON of an answer, or of a chunk of one; undefined where it is none. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function once<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
