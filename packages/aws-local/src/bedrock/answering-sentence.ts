/** The sentence of a prompt that a question seems to ask for: the simulated model's reading, by shared words alone. */
import type { ContentBlock, ConverseRequest } from "./converse-request.ts";

const leastShared = 2;
const longestQuoteLength = 240;
const words = /[\p{L}\p{N}-]{3,}/gu;
const betweenSentences = /(?<=[.!?])\s+|\n+/;
const empty = new Set(
  (
    "about and are but can could did does for from had has have how more not now our that the then there this time " +
    "was what when where which who why with would you your"
  ).split(" "),
);

/**
 * Of the system prompt and of what users said, that shares the most words of three letters or more with the last
 * question of the prompt, the newest of equals; undefined without a question, or when fewer than two are shared.
 * Questions and the model's own answers are no answers.
 */
export function answeringSentence({ system = [], messages }: ConverseRequest): string | undefined {
  const said = messages.filter(({ role }) => role !== "assistant").flatMap(({ content }) => content);
  const texts = [...system.flatMap(({ text }) => text ?? []), ...said.flatMap(textsOf)];
  const question = said
    .findLast(({ text }) => text !== undefined)
    ?.text?.split(betweenSentences)
    .findLast(isQuestion);
  if (question === undefined) {
    return undefined;
  }
  const asked = wordsOf(question);
  let best: string | undefined;
  let most = leastShared;
  for (const sentence of texts.flatMap((text) => text.split(betweenSentences))) {
    const shared = isQuestion(sentence) ? 0 : [...wordsOf(sentence)].filter((word) => asked.has(word)).length;
    if (shared >= most) {
      best = sentence;
      most = shared;
    }
  }
  return best === undefined ? undefined : [...best.trim()].slice(0, longestQuoteLength).join("");
}

function textsOf({ text, document }: ContentBlock): string[] {
  const { text: whole, content = [] } = document?.source ?? {};
  return [text, whole, ...content.map((part) => part.text)].filter((part) => part !== undefined);
}

function isQuestion(sentence: string): boolean {
  return sentence.trimEnd().endsWith("?");
}

function wordsOf(text: string): Set<string> {
  return new Set((text.toLowerCase().match(words) ?? []).filter((word) => !empty.has(word)));
}
