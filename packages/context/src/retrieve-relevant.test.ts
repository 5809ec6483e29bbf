import fc from "fast-check";
import { expect, test } from "vitest";
import { ChatIndex } from "./chat-index.ts";
import type { ChatMessage } from "./converse.ts";
import { type Retrieve, recallTurns } from "./recall-turns.ts";
import { retrieveRelevant } from "./retrieve-relevant.ts";
import { randomChat } from "./testing/random-chat.ts";
import { createTokenCounter } from "./token-counter.ts";

const talk = (text: string): ChatMessage => ({ role: "user", content: [{ text }] });
const placesOf = (found: ReturnType<Retrieve>) =>
  found.map((turn) => (typeof turn === "number" ? turn : turn.place));
const counter = createTokenCounter({ factor: 1.15 });

test("the message that has the answer is found before newer ones that do not, and what is sent anyway is not searched", () => {
  const messages = [
    talk("My order number is HK-48213."),
    ...Array.from({ length: 40 }, (_, index) => talk(`The lamp in room ${index} flickers when it rains.`)),
    talk("What was my order number?"),
  ];
  const retrieve = retrieveRelevant([{ index: new ChatIndex(messages), firstPlace: 0 }], counter);
  expect(placesOf(retrieve("What was my order number?", 60, 30))).toContain(0);
  expect(placesOf(retrieve("What was my order number?", 100_000, 30)).every((place) => place < 30)).toBe(
    true,
  );
  expect(retrieve("What was my order number?", 100_000, 0)).toEqual([]);
});

test.each([
  [
    "with citations",
    { citationsContent: { content: [{ text: "The parcel is in the " }, { text: "green shed." }] } },
  ],
  [
    "to be guarded",
    { guardContent: { text: { text: "The parcel is in the green shed.", qualifiers: ["query"] } } },
  ],
])("what is said %s is found and quoted as what is said without", (_, block) => {
  const messages: ChatMessage[] = [
    talk("Where is the parcel?"),
    { role: "assistant", content: [{ text: "I looked it up." }, block] },
    ...Array.from({ length: 40 }, (_, index) => talk(`The lamp in room ${index} flickers when it rains.`)),
  ];
  const retrieve = retrieveRelevant([{ index: new ChatIndex(messages), firstPlace: 0 }], counter);
  const found = retrieve("What colour has the shed?", 60, 30);
  expect(placesOf(found)).toContain(1);
  expect(recallTurns(messages, found, () => false, 1_000, counter).text).toContain("in the green shed");
});

test("what was said before the history that is fitted is found too, and quoted in its order", () => {
  const earlier = [talk("My order number is HK-48213."), talk(""), talk("It is in the shed.")];
  const history = [talk("The lamp flickers when it rains."), talk("My cat is called Order.")];
  const parts = [
    { index: new ChatIndex([...earlier, ...history]), firstPlace: -3 },
    { index: new ChatIndex([talk("An order of tea."), talk("What was my order number?")]), firstPlace: 2 },
  ];
  const found = retrieveRelevant(parts, counter)("What was my order number?", 100_000, 3);
  expect(placesOf(found)).toEqual([2, -3, -1, 0, 1]);
  const { text, turns } = recallTurns(history, found, (place) => place > 0, 100_000, counter);
  expect(turns.map(({ place, id }) => [place, id])).toEqual([
    [-3, "0"],
    [-1, "2"],
    [0, "3"],
  ]);
  expect(text?.match(/HK-48213|shed|lamp|\[…\]/g)).toEqual(["[…]", "HK-48213", "[…]", "shed", "lamp"]);
});

test("what has expired since it was indexed is not found", () => {
  const index = new ChatIndex([
    talk("My order number is HK-1."),
    talk("My order number is HK-2."),
    talk("Hi"),
  ]);
  const found = retrieveRelevant([{ index, firstPlace: 0, expired: 1 }], counter)("order number?", 1_000, 2);
  expect(placesOf(found)).toEqual([1]);
});

test("with vectors a message is found by likeness, under its own id, in whichever part it stands", () => {
  const filler = (part: string) =>
    Array.from({ length: 20 }, (_, index) => talk(`The lamp in room ${part}${index} flickers.`));
  const indexOf = (part: string, messages: readonly ChatMessage[]) => {
    const index = new ChatIndex();
    for (const [place, message] of messages.entries()) {
      index.add(message, { id: `${part}${place}` });
    }
    return index;
  };
  const parts = [
    { index: indexOf("a", [talk(""), talk("We adopted Rex."), ...filler("a")]), firstPlace: -22 },
    { index: indexOf("b", [...filler("b"), talk("He barks.")]), firstPlace: 0 },
  ];
  const vectors = {
    question: [1, 0],
    messages: new Map([
      ["a1", [1, 0]],
      ["b20", [1, 0.1]],
      ["b3", [0, 1]],
      ["a3", [0, 1]],
      // An index without ids names its messages by their place; that is nobody's vector.
      ["1", [1, 0]],
    ]),
  };
  const placesWith = (given: typeof vectors | undefined) =>
    placesOf(retrieveRelevant(parts, counter, undefined, given)("Wie heißt der Hund?", 60, 99));
  expect(placesWith(vectors)).toContain(20);
  expect(placesWith(undefined)).not.toContain(-21);
  const one = retrieveRelevant(parts.slice(0, 1), counter, undefined, vectors);
  expect(placesOf(one("Wie heißt der Hund?", 60, 99))).toContain(-21);
});

test("everything that is found can be quoted within the budget, for any chat and budget", () => {
  fc.assert(
    fc.property(randomChat, fc.nat(3_000), fc.nat(30), (messages, budgetTokens, windowStart) => {
      const parts = [{ index: new ChatIndex(messages), firstPlace: 0 }];
      const found = retrieveRelevant(parts, counter)("Where is my order?", budgetTokens, windowStart);
      const { turns, tokens } = recallTurns(messages, found, () => false, budgetTokens, counter);
      expect(turns.map(({ place }) => place)).toEqual(placesOf(found));
      expect(tokens).toBeLessThanOrEqual(budgetTokens);
    }),
    { numRuns: 500 },
  );
});
