/** The Converse call of a request that is translated for the model that is really asked, and what came of the translation. */
import type { Model, Refusal } from "@caprock/domain";
import { type ConverseOperation, converse, parseConverseBody } from "@caprock/turn";
import type { ConverseBody } from "../converse-json.ts";

export interface Translated {
  readonly body: ConverseBody;
  /** What of the request was left out. */
  readonly warnings: readonly string[];
  /** Whether the answer comes as the input of the answer tool. */
  readonly answersByTool: boolean;
}

export type Translate = (model: Model, streamed: boolean) => Translated | Refusal;

/**
 * Models differ in how they are told to think and to answer in JSON, and a budget may have another one asked than the
 * caller named: so the body is made when the model is known. `last` is the translation for the model planned last.
 */
export function translatedOperation(translate: Translate): {
  readonly operation: Pick<ConverseOperation, "portable" | "plan">;
  readonly last: () => Pick<Translated, "warnings" | "answersByTool">;
} {
  let last: Pick<Translated, "warnings" | "answersByTool"> = { warnings: [], answersByTool: false };
  return {
    operation: {
      portable: true,
      plan(model, how) {
        const translated = translate(model, how.streamed);
        if ("refused" in translated) {
          return translated;
        }
        const canonical = parseConverseBody(translated.body);
        if ("refused" in canonical) {
          return canonical;
        }
        last = translated;
        return converse(canonical.body).plan(model, how);
      },
    },
    last: () => last,
  };
}
