import { allModels } from "@caprock/inference";
import type { TurnMessage } from "@caprock/memory";
import { expect, test } from "vitest";
import { keptMessages } from "../kept-messages.ts";
import { putHistory } from "./put-history.ts";
import { withoutSearchResults } from "./search-results.ts";

const modelOf = (id: string) => allModels.find((model) => model.id === id)!;
const haiku = modelOf("anthropic.claude-haiku-4-5-20251001-v1:0");
const nova = modelOf("amazon.nova-lite-v1:0");

const found = (number: number) => ({
  searchResult: {
    source: `kb/${number}`,
    title: `Article ${number}`,
    content: [{ text: "A secret passage." }],
    citations: { enabled: true },
  },
});
const asks = (...content: TurnMessage["content"]): TurnMessage => ({ role: "user", content });
const answers = (...content: TurnMessage["content"]): TurnMessage => ({ role: "assistant", content });
const question = { text: "Where is it?" };
const call = { toolUse: { toolUseId: "a", name: "look", input: {} } };
const result = { toolResult: { toolUseId: "a", content: [{ text: "there" }] } };

function put(history: readonly TurnMessage[], own: Record<string, unknown>[], model: typeof haiku) {
  const toolConfig = { tools: [{ toolSpec: { name: "look" } }] };
  const placed = putHistory(history, { messages: [{ role: "user", content: own }], toolConfig }, model);
  if ("refused" in placed) {
    throw new Error(placed.refused.message);
  }
  return placed.messages;
}

test("a session keeps of search results their sources and titles, once the question is answered", () => {
  const [kept] = keptMessages([asks(found(1), question)], answers({ text: "In the shed." }));
  expect(kept).toEqual(asks({ searchResult: { source: "kb/1", title: "Article 1", content: [] } }, question));
});

test("while tools are called for the answer the passages stay, and the request with the results has them", () => {
  const kept = keptMessages([asks(found(1), question)], answers(call));
  expect(kept).toEqual([asks(found(1), question), answers(call)]);
  expect(put(kept, [result], haiku)).toEqual([...kept, asks(result)]);
  const passage = '<document id="kb/1" title="Article 1">\nA secret passage.\n</document>';
  expect(put(kept, [result], nova)[0]).toEqual(asks({ text: passage }, question));
});

test("later requests are told in words which documents were given, and nothing of what they say", () => {
  const turn = [asks(found(1), question, found(2)), answers({ text: "In the shed." })] as const;
  const inWords = [
    asks({ text: '[Documents that were given: "Article 1" (kb/1); "Article 2" (kb/2).]' }, question),
    turn[1],
    asks(question),
  ];
  for (const history of [turn, keptMessages([turn[0]], turn[1])]) {
    expect(put(history, [question], haiku)).toEqual(inWords);
  }
});

test("what a tool found is kept and told in the same way", () => {
  const search = { toolResult: { toolUseId: "a", content: [{ text: "Two." }, found(1), found(2)] } };
  const kept = keptMessages([asks(search)], answers({ text: "In the shed." }));
  expect(JSON.stringify(kept)).not.toContain("secret");
  const history = [asks(question), answers(call), ...kept];
  const names = '[Documents that were given: "Article 1" (kb/1); "Article 2" (kb/2).]';
  expect(put(history, [question], haiku)[2]).toEqual(
    asks({ toolResult: { toolUseId: "a", content: [{ text: "Two." }, { text: names }] } }),
  );
});

test("a model that takes none gets a request's own as text, but for those that are to be chosen from", () => {
  const search = { toolResult: { toolUseId: "a", content: [found(2)] } };
  const own = [asks(found(1), question), answers(call), asks(search)].map(({ role, content }) => ({
    role,
    content: [...content],
  }));
  const passage = (number: number) => ({
    text: `<document id="kb/${number}" title="Article ${number}">\nA secret passage.\n</document>`,
  });
  expect(withoutSearchResults(own, { butQuestion: false })).toEqual([
    asks(passage(1), question),
    answers(call),
    asks({ toolResult: { toolUseId: "a", content: [passage(2)] } }),
  ]);
  expect(withoutSearchResults(own, { butQuestion: true })).toEqual(own);
  expect(withoutSearchResults([...own, own[0]!], { butQuestion: true }).slice(0, 3)).toEqual(
    withoutSearchResults(own, { butQuestion: false }),
  );
  expect(withoutSearchResults([{ role: "user", content: [found(1)] }], { butQuestion: true })).toEqual([
    asks(passage(1)),
  ]);
});

test("of very many only the first are named", () => {
  const many = Array.from({ length: 500 }, (_, number) => found(number));
  const [told] = put([asks(...many, question), answers(question)], [question], haiku);
  expect(told?.content[0]?.text).toMatch(/"Article 19" \(kb\/19\); and 480 more\.\]$/);
});

test("a document that is attached stays", () => {
  const document = { document: { name: "Contract", source: { text: "The term is a year." } } };
  const history = keptMessages([asks(document, question)], answers({ text: "A year." }));
  expect(put(history, [question], haiku)[0]).toEqual(asks(document, question));
});
