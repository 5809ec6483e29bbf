/** The Converse call of a request that is translated for the model that is really asked, and what came of the translation. */
import type { Model, Refusal } from "@caprock/domain";
import type { TurnMessage } from "@caprock/memory";
import { type ConverseOperation, converse, parseConverseBody, putHistory, saidIn } from "@caprock/turn";
import { unwrapMessage } from "./answer-format/unwrap-answer.ts";

export interface Translated {
  readonly body: object;
  /** What of the request was left out. */
  readonly warnings: readonly string[];
  /** Whether the answer comes as the input of the answer tool. */
  readonly answersByTool: boolean;
  /** Titles of the documents in their order, for a wire whose citations name them. */
  readonly documentTitles?: readonly (string | null)[];
}

/** What a translation may depend on. */
export interface TranslateFor {
  readonly model: Model;
  readonly streamed: boolean;
  /** What was said before and goes in front of the request. */
  readonly history: readonly TurnMessage[];
}

export type Translate = (wanted: TranslateFor) => Translated | Refusal;

/**
 * Models differ in how they are told to think and to answer in JSON, and a budget may have another one asked than the
 * caller named: so the body is made when the model is known. `last` is the translation for the model planned last.
 * `question` is what the user said last; `prior` is a history that no session puts in front.
 */
export function translatedOperation(
  translate: Translate,
  question: string,
  prior: readonly TurnMessage[] = [],
): {
  readonly operation: Pick<ConverseOperation, "portable" | "question" | "plan">;
  readonly last: () => Omit<Translated, "body">;
} {
  let last: Omit<Translated, "body"> = { warnings: [], answersByTool: false };
  return {
    operation: {
      portable: true,
      question,
      plan(model, how) {
        const { streamed, history = [] } = how;
        const translated = translate({ model, streamed, history: [...prior, ...history] });
        if ("refused" in translated) {
          return translated;
        }
        const { body, answersByTool } = translated;
        const canonical = parseConverseBody(body);
        if ("refused" in canonical) {
          return canonical;
        }
        const whole = putHistory(prior, canonical.body, model);
        if ("refused" in whole) {
          return whole;
        }
        last = translated;
        const call = converse({ ...canonical.body, ...whole }, { writesSearchResults: true }).plan(
          model,
          how,
        );
        if ("refused" in call || !call.conversation) {
          return call;
        }
        const { said, answered } = call.conversation;
        return {
          ...call,
          conversation: {
            // As it was said, and not as this model takes it: another one may read more of it.
            said: prior.length === 0 ? said : [...prior, ...saidIn(canonical.body)],
            answered: answersByTool ? () => unwrapMessage(answered()) : answered,
          },
        };
      },
    },
    last: () => last,
  };
}
