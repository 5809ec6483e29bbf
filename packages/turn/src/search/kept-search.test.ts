import { ChatIndex, retrieveRelevant } from "@caprock/context";
import { forkSession, type SessionKey, type TurnMessage } from "@caprock/memory";
import fc from "fast-check";
import { expect, test } from "vitest";
import { messageId } from "../session-history.ts";
import { counter, finder, requestId, SearchedSessions } from "../testing/searched-sessions.ts";

/** Two tenants have sessions of the same names. */
const keys: readonly SessionKey[] = ["t000000000001", "t000000000002"].flatMap((tenantId) =>
  ["a", "b"].map((sessionId) => ({ tenantId, actorId: "ann", sessionId })),
);
const texts = [
  "My order number is HK-48213.",
  "The parcel went to the green shed yesterday.",
  "Which order do you mean?",
  "We adopted a dog called Rex on 3 May 2026.",
  "水箱有一道裂缝。",
  "The lamp in the hall flickers when it rains. ".repeat(30),
  "",
];
const message = fc
  .record({
    role: fc.constantFrom("user" as const, "assistant" as const),
    text: fc.constantFrom(...texts),
    isToolResult: fc.nat(5).map((chance) => chance === 0),
  })
  .map(({ role, text, isToolResult }): TurnMessage => {
    const content = [{ text }];
    return { role, content: isToolResult ? [{ toolResult: { toolUseId: "t", content } }] : content };
  });
const session = fc.nat(keys.length - 1);
const action = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("say" as const),
      session,
      messages: fc.array(message, { minLength: 1, maxLength: 4 }),
      laterMs: fc.nat(100_000_000),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant("ask" as const),
      session,
      process: fc.nat(1),
      question: fc.constantFrom("What is my order number?", "What did the dog do last week?", "裂缝", ""),
      turnsRead: fc.integer({ min: 1, max: 4 }),
      budgetTokens: fc.nat(500),
      window: fc.nat(12),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("fork" as const), session, through: fc.nat(6) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("forget turn" as const), session, turn: fc.nat(8) }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant("forget" as const), session }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant("restart" as const), session, process: fc.nat(1) }),
  },
);

test("whatever is said, forked, deleted and begun anew, by whichever process: what is found is what an index made on the spot finds", async () => {
  let asked = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 40, size: "max" }), async (actions) => {
      const world = new SearchedSessions();
      const { store, clock } = world;
      const processes = [world.search(), world.search()];
      const sessions = [...keys];
      for (const one of actions) {
        const key = sessions[one.session] as SessionKey;
        const all = await store.turnsAfter(key, 0, 1_000);
        if (one.what === "say") {
          clock.advance(one.laterMs);
          await world.say(key, one.messages);
        } else if (one.what === "fork") {
          const forkId = world.newName(key.tenantId);
          await forkSession(key, forkId, one.through, { sessions: store, vectors: world.vectors, clock });
          sessions[one.session] = { ...key, sessionId: forkId };
        } else if (one.what === "forget turn") {
          const turnId = all[one.turn]?.turnId;
          await (turnId === undefined ? undefined : store.deleteTurn(key, turnId));
        } else if (one.what === "forget") {
          await store.deleteSession(key);
        } else if (one.what === "restart") {
          processes[one.process] = world.search();
        } else {
          const open = await world.open(key, one.turnsRead);
          const { tenantId } = key;
          const searchable = await processes[one.process]?.open({
            requestId,
            tenantId,
            session: open,
            messages: [],
          });
          const history = open.turns.flatMap(({ messages }) => messages);
          const index = new ChatIndex();
          for (const { sequence, atMs, messages } of all) {
            messages.forEach((said, at) => void index.add(said, { id: messageId(sequence, at), atMs }));
          }
          const fresh = retrieveRelevant(
            [{ index, firstPlace: history.length - index.length }],
            counter,
            clock.now(),
          );
          const windowStart = Math.min(one.window, history.length);
          expect(searchable?.unsearchedTurns).toBe(0);
          expect(finder(searchable!, clock.now())(one.question, one.budgetTokens, windowStart)).toEqual(
            fresh(one.question, one.budgetTokens, windowStart),
          );
          asked += all.length > 0 ? 1 : 0;
        }
      }
      expect(world.failures).toEqual([]);
    }),
    { numRuns: 500 },
  );
  expect(asked).toBeGreaterThan(2_000);
});
