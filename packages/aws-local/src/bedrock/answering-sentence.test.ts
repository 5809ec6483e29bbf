import { expect, test } from "vitest";
import { answeringSentence } from "./answering-sentence.ts";
import { converseRequest } from "./converse-request.ts";

const user = (...texts: string[]) => ({ role: "user", content: texts.map((text) => ({ text })) });
const assistant = (text: string) => ({ role: "assistant", content: [{ text }] });
const answer = (...messages: unknown[]) => answeringSentence(converseRequest.parse({ messages }));

test("a question is answered by the sentence that shares the most words with it, the newest of equals", () => {
  const first = user("Hello. My order number is HK-1. The parcel is late.");
  const question = user("What is my order number?");
  expect(answer(first, assistant("Fine."), question)).toBe("My order number is HK-1.");
  expect(answer(first, user("My order number is HK-2 by now."), question)).toBe(
    "My order number is HK-2 by now.",
  );
});

test("short words count, those that every question has do not", () => {
  const memory = user(
    "<memory>\n2026-11-27, said: user: My dog is called Rex.\n</memory>",
    "What is my dog called?",
  );
  expect(answer(memory)).toBe("2026-11-27, said: user: My dog is called Rex.");
  expect(answer(user("What you have is what I had."), user("What is it that you have?"))).toBeUndefined();
});

test("what only asks, what the model said, and one shared word are no answers, and without a question there is none", () => {
  const question = user("What is my order number?");
  expect(answer(user("Have you my order number?"), question)).toBeUndefined();
  expect(answer(user("Hello."), assistant("Your order number is HK-9."), question)).toBeUndefined();
  expect(answer(user("The order came."), question)).toBeUndefined();
  expect(answer(user("My order number is HK-1."), user("Remember my order number."))).toBeUndefined();
});

test("the system prompt, notes beside the question and documents are read too", () => {
  const question = "When does the warehouse open?";
  const text = "The warehouse will open at nine.";
  const system = [{ text }];
  expect(answeringSentence(converseRequest.parse({ system, messages: [user(question)] }))).toBe(text);
  expect(answer(user(`A note: ${text}`, question))).toBe(`A note: ${text}`);
  const document = { format: "txt", name: "hours", source: { text } };
  expect(answer({ role: "user", content: [{ document }, { text: question }] })).toBe(text);
});
