import { type ChatMessage, createTokenCounter, measureEdition } from "@caprock/context";
import type { TurnCount, TurnMessage } from "@caprock/memory";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runTurn } from "./run-turn.ts";
import { historyOf } from "./session-history.ts";
import { type OpenTurn, openTurn } from "./testing/open-turn.ts";
import { served } from "./testing/run-to-end.ts";
import { countTurn, recallCounts } from "./turn-count.ts";

let turn: OpenTurn;
beforeAll(async () => {
  turn = await openTurn();
});
afterAll(() => turn.close());

/** Counts how often its text is counted. */
class CountedMessage implements TurnMessage {
  readonly role = "user";
  readonly #text: string;
  times = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get content() {
    this.times += 1;
    return [{ text: this.#text }];
  }
}

const text = (index: number) => `The lamp in room ${index} flickers when it rains.`;
const said = (index: number): TurnMessage => ({ role: "user", content: [{ text: text(index) }] });

/** As a process reads 200 turns of one message each from a store, and counts them for some models. */
function countAnew(counted: (index: number) => TurnCount | undefined) {
  const messages = Array.from({ length: 200 }, (_, index) => new CountedMessage(text(index)));
  const turns = messages.map((message, index) => ({
    sequence: index + 1,
    messages: [message],
    counted: counted(index),
  }));
  const history: readonly ChatMessage[] = historyOf(turns).messages;
  const measures = recallCounts(turns);
  const sums = [1, 1.15, 1.61].map((factor) => {
    const counter = createTokenCounter({ factor, measures });
    return history.reduce((sum, message) => sum + counter.message(message), 0);
  });
  return { sums, times: messages.reduce((sum, one) => sum + one.times, 0) };
}

test("of 200 turns that are read anew none is counted again, for any model and however its estimate is corrected", () => {
  const known = countAnew((index) => countTurn([said(index)]));
  const unknown = countAnew(() => undefined);
  expect(known).toEqual({ sums: unknown.sums, times: 0 });
  expect(unknown.times).toBe(200);
});

test("what was counted in another way, or of other messages, is counted again", () => {
  const right = countAnew(() => undefined);
  const counts = [
    { tokens: 1, detail: JSON.stringify({ edition: measureEdition + 1, measures: [[1]] }) },
    { tokens: 1, detail: JSON.stringify({ edition: measureEdition, measures: [[1], [1]] }) },
    { tokens: 1, detail: JSON.stringify({ edition: measureEdition, measures: ["1"] }) },
    { tokens: 1 },
  ];
  for (const count of counts) {
    expect(countAnew(() => count)).toEqual(right);
  }
});

test("what is kept of a count is small, however many texts a turn has", () => {
  const block = { text: "one of many " };
  const many = countTurn([{ role: "user", content: Array.from({ length: 5_000 }, () => block) }]);
  expect(many.detail).toBeUndefined();
  expect(many.tokens).toBeGreaterThan(5_000);
  const large = countTurn([{ role: "user", content: [{ text: "word ".repeat(100_000) }] }]);
  expect(large.detail?.length).toBeLessThan(60);
});

test("a turn is kept with its count, and a later one takes it from there", async () => {
  const tenant = turn.newTenant();
  const session = { sessionId: "chat", actorId: "ann" };
  const first = turn.request(tenant, { text: "Hello", session });
  served(await runTurn(first, turn.parts));
  const key = { tenantId: tenant.id, ...session };
  const [kept] = await turn.parts.sessions.turnsAfter(key, 0, 1);
  expect(kept?.counted).toEqual(countTurn(kept!.messages));
  // A count that no text has, so that it can only be from the store.
  const claim = await turn.parts.sessions.claim(key, "large", turn.clock.now() + 1_000);
  const detail = JSON.stringify({ edition: measureEdition, measures: [[50_000], [5]] });
  const messages = [said(1), { role: "assistant" as const, content: [{ text: "I see." }] }];
  await turn.parts.sessions.append("refused" in claim ? expect.fail() : claim, messages, {
    counted: { tokens: 50_005, detail },
  });
  const { context } = served(await runTurn(turn.request(tenant, { text: "And?", session }), turn.parts));
  expect(context?.tokens.messages).toBeGreaterThan(50_000);
  expect(context?.tokens.messages).toBeLessThan(50_200);
});
