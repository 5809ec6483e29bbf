/** Whoever dies at whatever call, and whoever meets whom in whatever order: what is kept stays, what is deleted goes. */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { SessionKey } from "../long-term/session-turn.ts";
import {
  claimTurnOf,
  type OpenBedrockSessions,
  openBedrockSessions,
  saysText,
  textAtBedrock,
  textsOfSession,
} from "../testing/open-bedrock-sessions.ts";
import type { BedrockSessionStore } from "./session-store.ts";

const tenantId = "t000000000001";
const leaseMs = 60_000;
let opened: OpenBedrockSessions;
beforeAll(async () => {
  opened = await openBedrockSessions();
});
afterEach(async () => {
  await opened.store().deleteTenant(tenantId);
  expect(await opened.texts()).toEqual([]);
  expect(await opened.store().stored(tenantId, { kind: "tenant" })).toMatchObject({ turns: 0, other: 0 });
});
afterAll(() => opened?.close());

let names = 0;
const newName = () => `n${++names}`;
const newSession = (): SessionKey => ({ tenantId, actorId: "ann", sessionId: newName() });
const claimed = (store: BedrockSessionStore, session: SessionKey) =>
  claimTurnOf(store, session, newName(), opened.clock.now() + leaseMs);

async function say(store: BedrockSessionStore, session: SessionKey, text: string): Promise<string> {
  const claim = await claimed(store, session);
  expect(await store.append(claim, saysText(text))).toMatchObject({ sequence: claim.sequence });
  return claim.turnId;
}

/** Something that happens to a process once, or from then on, before its call of a number, counted from 0. */
interface Interruption {
  /** For the process that it happens to. */
  readonly store: BedrockSessionStore;
  readonly happened: () => boolean;
}

function interrupted(atCall: number, happens: (isFirst: boolean) => Promise<unknown>): Interruption {
  let calls = 0;
  const store = opened.store({}, async () => {
    const call = calls++;
    if (call >= atCall) {
      await happens(call === atCall);
    }
  });
  return { store, happened: () => calls > atCall };
}

const dies = () => Promise.reject(new Error("killed"));
const meanwhile = (run: () => Promise<unknown>) => async (isFirst: boolean) => isFirst && run();

/** Before the first call, before the second, and so on, until there are no more. */
async function beforeEachCall(run: (atCall: number) => Promise<Interruption>): Promise<void> {
  for (let atCall = 0; ; atCall++) {
    if (!(await run(atCall)).happened()) {
      expect(atCall).toBeGreaterThan(2);
      return;
    }
  }
}

/** A session that keeps these texts, and nothing else of it is anywhere at Bedrock. */
async function expectKept(session: SessionKey, texts: readonly string[]): Promise<void> {
  expect(await textsOfSession(opened.store(), session)).toEqual(texts);
  expect([...new Set(await opened.texts())].sort()).toEqual([...texts].sort().map(textAtBedrock));
  await opened.store().deleteSession(session);
  expect(await opened.texts()).toEqual([]);
}

test("a writer that dies at any call leaves its turn whole or not at all, and its session goes on", async () => {
  await beforeEachCall(async (atCall) => {
    const session = newSession();
    await say(opened.store(), session, "one");
    const claim = await claimed(opened.store(), session);
    const writer = interrupted(atCall, dies);
    const appended = await writer.store.append(claim, saysText("two")).catch(() => undefined);
    expect(appended === undefined).toBe(writer.happened());
    opened.clock.advance(leaseMs);
    await say(opened.store(), session, "three");
    const turns = await opened.store().turnsAfter(session, 0, 9);
    const texts = turns.map(({ messages }) => messages[0]?.content[0]?.text);
    expect(["one,two,three", ...(appended ? [] : ["one,three"])]).toContain(texts.join());
    expect(turns.map(({ sequence }) => sequence)).toEqual(turns.map((_, index) => index + 1));
    return writer;
  });
});

test("who deletes a turn and dies at any call is followed by who does so again; the other turn stays", async () => {
  await beforeEachCall(async (atCall) => {
    const session = newSession();
    const turnId = await say(opened.store(), session, "secret");
    await say(opened.store(), session, "two");
    const deleter = interrupted(atCall, dies);
    await deleter.store.deleteTurn(session, turnId).catch(() => undefined);
    await opened.store().deleteTurn(session, turnId);
    const scope = { kind: "turn", ...session, turnId } as const;
    expect(await opened.store().stored(tenantId, scope)).toMatchObject({ turns: 0, other: 0 });
    await expectKept(session, ["two"]);
    return deleter;
  });
});

test("a turn that is said while another of its session is deleted, at any of its calls, is kept", async () => {
  await beforeEachCall(async (atCall) => {
    const session = newSession();
    const turnId = await say(opened.store(), session, "secret");
    const claim = await claimed(opened.store(), session);
    const deletes = meanwhile(() => opened.store().deleteTurn(session, turnId));
    const writer = interrupted(atCall, deletes);
    expect(await writer.store.append(claim, saysText("two"))).toMatchObject({ sequence: 2 });
    if (writer.happened()) {
      await expectKept(session, ["two"]);
    }
    return writer;
  });
});

test("a turn that is said while one is deleted, at any call of the deletion, is kept and can be read all the time", async () => {
  await beforeEachCall(async (atCall) => {
    const session = newSession();
    const turnId = await say(opened.store(), session, "secret");
    await say(opened.store(), session, "two");
    const deleter = interrupted(
      atCall,
      meanwhile(async () => {
        expect(await textsOfSession(opened.store(), session)).toContain("two");
        await say(opened.store(), session, "three");
      }),
    );
    await deleter.store.deleteTurn(session, turnId);
    await expectKept(session, deleter.happened() ? ["two", "three"] : ["two"]);
    return deleter;
  });
});

test("a turn that is deleted while it is moved away from another deleted one, at any call, is gone", async () => {
  await beforeEachCall(async (atCall) => {
    const session = newSession();
    const first = await say(opened.store(), session, "secret");
    const second = await say(opened.store(), session, "secret too");
    const deletes = meanwhile(() => opened.store().deleteTurn(session, second));
    const deleter = interrupted(atCall, deletes);
    await deleter.store.deleteTurn(session, first);
    if (deleter.happened()) {
      await expectKept(session, []);
    }
    return deleter;
  });
});

test("a turn that is read while it is moved, at any call, is read", async () => {
  await beforeEachCall(async (atCall) => {
    const session = newSession();
    const turnId = await say(opened.store(), session, "secret");
    await say(opened.store(), session, "two");
    const deletes = meanwhile(() => opened.store().deleteTurn(session, turnId));
    const reader = interrupted(atCall, deletes);
    expect(await textsOfSession(reader.store, session)).toContain("two");
    return reader;
  });
});

test.each([
  ["goes on", Number.POSITIVE_INFINITY],
  ["dies some calls later", 5],
])(
  "what is said in a session that is deleted at any call of its writer, who %s, is nowhere",
  async (_, lives) => {
    await beforeEachCall(async (atCall) => {
      const session = newSession();
      const claim = await claimed(opened.store(), session);
      let callsAfter = 0;
      const writer = interrupted(atCall, async (isFirst) => {
        callsAfter += 1;
        await (isFirst && opened.store().deleteSession(session));
        await (callsAfter > lives && dies());
      });
      await writer.store.append(claim, saysText("one")).catch(() => undefined);
      if (writer.happened()) {
        expect(await opened.texts()).toEqual([]);
        expect(await textsOfSession(opened.store(), session)).toEqual([]);
      }
      await opened.store().deleteActor(tenantId, session.actorId);
      return writer;
    });
  },
);
