import type { SessionPlace, TurnClaim, TurnVectors, VectorStore } from "@caprock/memory";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenTurn, openTurn } from "../testing/open-turn.ts";
import { KeptVectors } from "./kept-vectors.ts";

let turn: OpenTurn;
beforeAll(async () => {
  turn = await openTurn();
});
afterAll(() => turn.close());

const session = { tenantId: "t000000000001", actorId: "ann", sessionId: "chat" };
const claimOf = (sequence: number, more: Partial<TurnClaim> = {}): TurnClaim => ({
  session,
  turnId: "asks",
  sequence,
  incarnation: "first",
  deletedTurns: 0,
  ...more,
});
const made = (sequence: number, modelId = "titan"): TurnVectors => ({
  turnId: `turn-${sequence}`,
  sequence,
  atMs: turn.clock.now(),
  modelId,
  vectors: [{ message: 0, values: Int8Array.of(sequence) }],
});

/** The store, and which numbers were asked for. */
function watched() {
  const { vectors } = turn.parts.embeddings;
  const asked: [number, number][] = [];
  const store: VectorStore = Object.assign(Object.create(vectors), {
    between(place: SessionPlace, first: number, last: number) {
      asked.push([first, last]);
      return vectors.between(place, first, last);
    },
  });
  const keptIn = (mostBytes: number) => new KeptVectors({ store, mostBytes, idleMs: 60_000 });
  return { vectors, asked, keptIn };
}

test("a session's vectors are read once, and what was made of its turns since", async () => {
  const { vectors, asked, keptIn } = watched();
  const kept = keptIn(1_000_000);
  const place = { ...session, sessionId: "grows", incarnation: "first" };
  const claim = (sequence: number) => claimOf(sequence, { session: place });
  await vectors.keep(place, made(1));
  expect([...(await kept.of(claim(4), "titan")).keys()]).toEqual(["1/0"]);
  // Made late, of turns that were looked for already.
  await vectors.keep(place, made(2));
  await vectors.keep(place, made(3, "cohere"));
  expect([...(await kept.of(claim(5), "titan")).keys()]).toEqual(["1/0", "2/0"]);
  expect([...(await kept.of(claim(5), "cohere")).keys()]).toEqual(["3/0"]);
  expect(asked).toEqual([
    [1, 3],
    [2, 4],
    [1, 4],
  ]);
});

test("what does not fit into memory is read again, and of a very long session the newest turns", async () => {
  const { asked, keptIn } = watched();
  const kept = keptIn(1);
  await kept.of(claimOf(10_001), "titan");
  await kept.of(claimOf(10_001), "titan");
  expect(asked[0]).toEqual([8_001, 8_400]);
  expect(asked).toHaveLength(10);
  expect(asked[4]).toEqual([9_601, 10_000]);
});

test("nobody is given vectors of another tenant, actor, session, incarnation or model, or of before a deletion", async () => {
  const { vectors, keptIn } = watched();
  const kept = keptIn(1_000_000);
  const name = fc.record({
    tenantId: fc.constantFrom("t000000000011", "t000000000012"),
    actorId: fc.constantFrom("ann", "an"),
    sessionId: fc.constantFrom("chat", "n/chat"),
    incarnation: fc.constantFrom("first", "second"),
  });
  const step = fc.record({ name, modelId: fc.constantFrom("titan", "cohere"), forgets: fc.boolean() });
  /** By place: each message's model, and a number that no other's vector has. */
  const own = new Map<string, Map<string, { modelId: string; number: number }>>();
  const deletions = new Map<string, number>();
  let numbers = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      for (const { name: place, modelId, forgets } of steps) {
        const { incarnation, ...key } = place;
        const turns = own.get(JSON.stringify([key, incarnation])) ?? new Map();
        own.set(JSON.stringify([key, incarnation]), turns);
        const session = JSON.stringify(key);
        if (forgets) {
          await vectors.delete(place.tenantId, { kind: "session", ...place });
          deletions.set(session, (deletions.get(session) ?? 0) + 1);
          for (const other of ["first", "second"]) {
            own.get(JSON.stringify([key, other]))?.clear();
          }
        }
        const sequence = (await vectors.lastSequence(place)) + 1;
        const number = ++numbers;
        const values = Int8Array.of(number & 127, number >> 7);
        await vectors.keep(place, { ...made(sequence, modelId), vectors: [{ message: 0, values }] });
        turns.set(`${sequence}/0`, { modelId, number });
        const deletedTurns = deletions.get(session) ?? 0;
        const found = await kept.of(claimOf(99, { session: key, incarnation, deletedTurns }), modelId);
        const numbersFound = [...found].map(([id, [low = 0, high = 0]]) => [id, low + (high << 7)]);
        expect(numbersFound).toEqual(
          [...turns].filter(([, one]) => one.modelId === modelId).map(([id, one]) => [id, one.number]),
        );
      }
    }),
    { numRuns: 12 },
  );
});
