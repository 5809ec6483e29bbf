/** The Converse call of a Messages request, translated for the model that is really asked, and what the translation noted. */
import { type ConverseOperation, converse, parseConverseBody } from "@caprock/turn";
import type { MessagesRequest } from "./request.ts";
import { type Translated, toConverse } from "./to-converse.ts";

export interface MessagesOperation {
  readonly operation: Pick<ConverseOperation, "portable" | "plan">;
  /** Of the model that was planned last, which is the one that was asked. */
  readonly noted: () => Pick<Translated, "warnings" | "documentTitles">;
}

/** Models take different members, and a budget may have another one asked than the caller named: so the body is made when the model is known. */
export function messagesOperation(request: MessagesRequest, betas: readonly string[]): MessagesOperation {
  let noted: Pick<Translated, "warnings" | "documentTitles"> = { warnings: [], documentTitles: [] };
  return {
    operation: {
      portable: true,
      plan(model, how) {
        const translated = toConverse(request, { model, betas });
        if ("refused" in translated) {
          return translated;
        }
        const canonical = parseConverseBody(translated.body);
        if ("refused" in canonical) {
          return canonical;
        }
        noted = translated;
        return converse(canonical.body).plan(model, how);
      },
    },
    noted: () => noted,
  };
}
