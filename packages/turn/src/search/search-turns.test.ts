import type { HistoryBound, SessionKey, SessionStore } from "@caprock/memory";
import { afterAll, beforeAll, expect, test } from "vitest";
import { historyBound } from "../history-bound.ts";
import { runTurn } from "../run-turn.ts";
import { type OpenTurn, openTurn } from "../testing/open-turn.ts";
import { served } from "../testing/run-to-end.ts";

let turn: OpenTurn;
beforeAll(async () => {
  turn = await openTurn();
});
afterAll(() => turn.close());

const fact = "My order number is HK-48213.";
/** Without a question mark, so that the simulated model does not say the fact again. */
const question = "Tell me my order number.";

async function say(key: SessionKey, turnId: string, text: string): Promise<void> {
  const claim = await turn.parts.sessions.claim(key, turnId, turn.clock.now() + 60_000);
  if ("refused" in claim) {
    throw new Error(claim.refused.message);
  }
  await turn.parts.sessions.append(claim, [
    { role: "user", content: [{ text }] },
    { role: "assistant", content: [{ text: "I see." }] },
  ]);
}

/** A session whose third turn has the fact, and of which more turns follow than a turn reads. */
async function longSession(tenantId: string, sessionId: string): Promise<string> {
  const key = { tenantId, actorId: "ann", sessionId };
  let factTurnId = "";
  for (let index = 1; index <= historyBound.mostTurns + 10; index++) {
    const turnId = `${tenantId}.${sessionId}.${index}`;
    await say(key, turnId, index === 3 ? fact : `The lamp in room ${index} flickers when it rains.`);
    factTurnId = index === 3 ? turnId : factTurnId;
  }
  return factTurnId;
}

test("a question finds what was said before the turns that are read, whether all of these fit or few, until it is deleted", async () => {
  const tenant = turn.newTenant();
  const session = { sessionId: "long", actorId: "ann" };
  const factTurnId = await longSession(tenant.id, session.sessionId);
  const ask = async (contextPolicy = {}) => {
    const asked = turn.request(tenant, { text: question, session, contextPolicy });
    const { context } = served(await runTurn(asked, turn.parts));
    return { context, sent: JSON.stringify(turn.calls.at(-1)?.body) };
  };
  const wide = await ask();
  expect(wide.context).toMatchObject({ earlierTurns: 10, unsearchedTurns: 0, droppedMessages: 0 });
  expect(wide.sent).toContain("HK-48213");
  expect(wide.context?.changes[0]).toMatchObject({
    action: "recalled",
    ids: expect.arrayContaining(["3/0"]),
  });
  const narrow = await ask({ windowTokens: 2_000 });
  expect(narrow.sent).toContain("HK-48213");
  expect((await ask({ strategy: "window" })).sent).not.toContain("HK-48213");
  await turn.parts.sessions.deleteTurn({ tenantId: tenant.id, ...session }, factTurnId);
  expect((await ask()).sent).not.toContain("HK-48213");
});

/** As if the largest window of any model were a thousandth. */
function withThousandth(sessions: SessionStore): SessionStore {
  const historyBefore = (key: SessionKey, sequence: number, { mostTurns, mostBytes }: HistoryBound) =>
    sessions.historyBefore(key, sequence, { mostTurns, mostBytes: mostBytes / 1_000 });
  return new Proxy(sessions, {
    get: (real, name: keyof SessionStore) =>
      name === "historyBefore" ? historyBefore : real[name].bind(real),
  });
}

test("turns that are too large to be read with the newest are counted as earlier ones, and found where a question asks for them", async () => {
  const tenant = turn.newTenant();
  const key = { tenantId: tenant.id, actorId: "ann", sessionId: "large" };
  for (let index = 1; index <= 8; index++) {
    await say(key, `${tenant.id}.${index}`, index === 2 ? fact : `room ${index} `.repeat(900));
  }
  const asked = turn.request(tenant, { text: question, session: { sessionId: "large", actorId: "ann" } });
  const parts = { ...turn.parts, sessions: withThousandth(turn.parts.sessions) };
  const { context } = served(await runTurn(asked, parts));
  expect(context).toMatchObject({ earlierTurns: 6, unsearchedTurns: 0, droppedMessages: 0 });
  expect(JSON.stringify(turn.calls.at(-1)?.body)).toContain("HK-48213");
});
