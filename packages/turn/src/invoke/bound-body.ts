/** Bounds what a vendor's own body can cost, before it is sent as it is. */
import { measureBody } from "@caprock/context";
import { type Model, type Refusal, refusal } from "@caprock/domain";
import { type JsonObject, vendorBodyOf } from "@caprock/inference";
import { countTokens } from "../assemble-context.ts";
import type { CallBounds } from "../operation.ts";
import { checkBodyMembers } from "./check-body-members.ts";
import { countMembers } from "./count-members.ts";

export interface BoundedBody {
  readonly bounds: CallBounds;
  /** Caprock's estimate; counted when it is asked for, since few calls need it. */
  promptTokens(): number;
}

/** What an image comes to in an estimate: Claude's and Nova's for one of a megapixel. */
const estimatedImageTokens = 1_600;

/** Refuses a body that no bound can be read from: `invalid_request`, `unsupported_parameter`, `unsupported_by_model`. */
export function boundBody(
  { body, bytes }: { readonly body: unknown; readonly bytes: Uint8Array },
  model: Model,
): BoundedBody | Refusal {
  const vendor = vendorBodyOf(model);
  if ("refused" in vendor) {
    return vendor;
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    return refusal({ code: "invalid_request", message: "The body must be a JSON object." });
  }
  const bound = vendor.bound(body as JsonObject, model);
  if ("refused" in bound) {
    return bound;
  }
  const { maxOutputTokens, prompts, units } = bound;
  const wrong = checkBodyMembers(body, vendor, maxOutputTokens);
  if (wrong) {
    return wrong;
  }
  const measured = measureBody(body, {
    windowTokens: model.contextWindowTokens * prompts,
    mediaOf: vendor.media,
  });
  if (measured.members !== countMembers(bytes)) {
    return refusal({
      code: "invalid_request",
      message: "The body names a member twice in one object; which of them holds is not defined.",
    });
  }
  return {
    bounds: {
      inputTokensCeiling: measured.tokensCeiling,
      maxOutputTokens,
      openEnded: false,
      showsAllOutput: false,
      hourCache: measured.namesHour,
      units,
    },
    promptTokens: () =>
      prompts === 0
        ? 0
        : countTokens(measured.texts.join("\n"), model) + measured.images * estimatedImageTokens,
  };
}
