/** Bounds the parts of a call that is made in several: what they can use is what each can, summed. */
import type { Model, Refusal } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";
import { addUnits } from "@caprock/metering";
import type { CallBounds } from "../operation.ts";
import { boundBody } from "./bound-body.ts";
import type { InvokePart } from "./invoke-all.ts";

export interface BoundedParts {
  readonly parts: readonly InvokePart[];
  readonly bounds: CallBounds;
}

/** Refuses what one of the bodies is refused for. */
export function boundParts(bodies: readonly JsonObject[], model: Model): BoundedParts | Refusal {
  const parts: InvokePart[] = [];
  for (const body of bodies) {
    const bytes = Buffer.from(JSON.stringify(body));
    const bounded = boundBody({ body, bytes }, model);
    if ("refused" in bounded) {
      return bounded;
    }
    parts.push({ bytes, ...bounded });
  }
  const sum = (pick: (bounds: CallBounds) => number) =>
    parts.reduce((total, { bounds }) => total + pick(bounds), 0);
  return {
    parts,
    bounds: {
      inputTokensCeiling: sum(({ inputTokensCeiling }) => inputTokensCeiling),
      maxOutputTokens: sum(({ maxOutputTokens }) => maxOutputTokens),
      openEnded: false,
      showsAllOutput: false,
      hourCache: false,
      units: parts.reduce((total, { bounds }) => addUnits(total, bounds.units), {}),
    },
  };
}
