/** Puts what was said before in front of a request, as the model that is asked takes both together. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import type { TurnMessage } from "@caprock/memory";
import type { ConverseBody } from "../converse-body.ts";
import { withinDocumentLimits } from "./documents.ts";
import { historyForModel } from "./for-model.ts";
import { mendToolCalls, resultsInWords, strayResults } from "./mend-tool-calls.ts";
import { searchResultsInWords } from "./search-results.ts";

type Messages = ConverseBody["messages"];

/**
 * One message for each of the history, and then the request's own. A history that was said with other tools, to another model or
 * in part never makes Bedrock refuse the request; what the request itself has wrong, Bedrock tells. Refuses with
 * `invalid_request` the result of a call that the history's last message does not make: Bedrock would count messages
 * that the caller did not send.
 */
export function putHistory(
  history: readonly TurnMessage[],
  { messages, toolConfig }: Pick<ConverseBody, "messages" | "toolConfig">,
  model: Model,
): { readonly messages: Messages } | Refusal {
  const first = messages.find(({ role }) => role !== "system");
  if (history.length === 0 || first === undefined) {
    return { messages };
  }
  const [stray] = strayResults(history.at(-1), first);
  if (stray !== undefined) {
    const param = `messages[${messages.indexOf(first)}]`;
    return refusal({
      code: "invalid_request",
      message: `${param} has the result of a tool's call "${String(stray).slice(0, 100)}", which the last answer of its session does not make.`,
      param,
    });
  }
  if (isPlainText(history)) {
    return { messages: [...(history as Messages), ...messages] };
  }
  const hasTools = toolConfig !== undefined;
  const isAnswered = first.content.some((block) => block.toolResult !== undefined);
  const own = messages.map((message) =>
    message === first && !hasTools ? { ...first, content: [...resultsInWords(first.content)] } : message,
  );
  const mended = mendToolCalls(history, first, hasTools);
  const told = searchResultsInWords(
    historyForModel(mended, isAnswered && hasTools, model),
    isAnswered,
    model,
  );
  const fitting = withinDocumentLimits(told, own, model);
  // What nothing had to be changed in are the very messages, so that planning a call again measures none again.
  return { messages: [...(fitting.history as Messages), ...fitting.own] };
}

/** As most are: there is nothing in it that anybody refuses. */
function isPlainText(history: readonly TurnMessage[]): boolean {
  return history.every(({ content }) => content.every(({ text }) => text !== undefined));
}
