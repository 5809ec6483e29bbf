import fc from "fast-check";
import { expect, test } from "vitest";
import { addLikeness } from "./likeness.ts";
import { prepare } from "./prepare.ts";

const message = (session: string) => ({ text: "x", session });
const indexOf = (sessions: readonly string[]) =>
  prepare(sessions.map((session, id) => ({ id, ...message(session) })));
const flat = indexOf(["a", "a", "a", "a", "b"]);
const none = new Float64Array(5);
const east = [1, 0];
const north = [0, 1];

test("what is alike gains, what stands beside it in its session gains less, and all else nothing", () => {
  const scores = addLikeness(flat, none, east, [north, north, north, east, north]);
  expect([...scores].map((score) => score > 0)).toEqual([false, false, true, true, false]);
  expect(scores[3]).toBeGreaterThan(scores[2] ?? 0);
});

test("a question that was asked a moment ago takes nothing from what may be kept", () => {
  const words = Float64Array.of(0, 0, 2, 0, 9);
  const vectors = [[2, 1], north, [1, 2], north, east];
  const candidates = { from: 0, before: 4 };
  const scores = addLikeness(flat, words, east, vectors, candidates);
  const without = addLikeness(flat, Float64Array.of(0, 0, 2, 0, 0), east, vectors.with(4, north), candidates);
  expect([...scores].slice(0, 4)).toEqual([...without].slice(0, 4));
  expect(scores[0]).toBeGreaterThan(0.5);
});

test("a message without a vector is not ranked by likeness of its own", () => {
  const scores = addLikeness(flat, none, east, [undefined, undefined, north, undefined, east]);
  expect([...scores]).toEqual([0, 0, 0, 0, scores[4]]);
});

test("where vectors tell nothing the order is that of the words", () => {
  const words = Float64Array.of(3, 1, 4, 1, 5);
  for (const vectors of [Array(5).fill(east), Array(5).fill([0, 0]), Array(5).fill(undefined)]) {
    expect([...addLikeness(flat, words, east, vectors)]).toEqual([...words].map((score) => score / 5));
  }
});

test("the order depends on directions alone, and not on how high a model's cosines are", () => {
  const vector = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }));
  const word = fc.integer({ min: 0, max: 9 });
  fc.assert(
    fc.property(
      fc.array(fc.record({ vector, word }), { minLength: 5, maxLength: 5 }),
      vector,
      (messages, asked) => {
        const words = Float64Array.from(messages, ({ word: score }) => score);
        const vectors = messages.map((one) => one.vector);
        const scores = addLikeness(flat, words, asked, vectors);
        const longer = vectors.map((one) => one.map((value) => value * 7));
        const again = addLikeness(flat, words, asked, longer);
        for (const [place, score] of scores.entries()) {
          expect(score).toBeGreaterThanOrEqual(0);
          expect(again[place]).toBeCloseTo(score, 9);
        }
      },
    ),
  );
});
