import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChatMessage } from "./converse.ts";
import { recallTurns } from "./recall-turns.ts";
import { retrieveRelevant } from "./retrieve-relevant.ts";
import { randomChat } from "./testing/random-chat.ts";
import { createTokenCounter } from "./token-counter.ts";

const counter = createTokenCounter({ factor: 1.15 });

test("the message that has the answer is found before newer ones that do not, and what is sent anyway is not searched", () => {
  const talk = (text: string): ChatMessage => ({ role: "user", content: [{ text }] });
  const messages = [
    talk("My order number is HK-48213."),
    ...Array.from({ length: 40 }, (_, index) => talk(`The lamp in room ${index} flickers when it rains.`)),
    talk("What was my order number?"),
  ];
  const retrieve = retrieveRelevant(messages, counter);
  expect(retrieve("What was my order number?", 60, 30)).toContain(0);
  expect(retrieve("What was my order number?", 100_000, 30).every((place) => place < 30)).toBe(true);
  expect(retrieve("What was my order number?", 100_000, 0)).toEqual([]);
});

test("of a chat that is too long to be searched whole, the newest is searched", () => {
  const talk = (text: string): ChatMessage => ({ role: "user", content: [{ text }] });
  const filler = talk("The lamp in the hall flickers when it rains. ".repeat(2_000));
  const fact = talk("My order number is HK-48213.");
  const find = (...messages: ChatMessage[]) =>
    retrieveRelevant(messages, counter)("What was my order number?", 60, messages.length);
  expect(find(fact, filler)).toEqual([0]);
  expect(find(fact, ...Array(12).fill(filler))).toEqual([]);
  expect(find(...Array(12).fill(filler), fact, filler)).toEqual([12]);
});

test("everything that is found can be quoted within the budget, for any chat and budget", () => {
  fc.assert(
    fc.property(randomChat, fc.nat(3_000), fc.nat(30), (messages, budgetTokens, windowStart) => {
      const found = retrieveRelevant(messages, counter)("Where is my order?", budgetTokens, windowStart);
      const { places, tokens } = recallTurns(messages, found, () => false, budgetTokens, counter);
      expect(places).toEqual(found);
      expect(tokens).toBeLessThanOrEqual(budgetTokens);
    }),
    { numRuns: 500 },
  );
});
