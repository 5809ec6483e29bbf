import type { ChatMessage } from "@caprock/context";
import type { SessionKey, SessionTurn, TurnMessage } from "@caprock/memory";
import { expect, test } from "vitest";
import { finder, keptForMs, requestId, SearchedSessions, says } from "../testing/searched-sessions.ts";
import type { SearchableHistory } from "./searchable-history.ts";

const tenantId = "t000000000001";
const key: SessionKey = { tenantId, actorId: "ann", sessionId: "a" };
const fact = "My order number is HK-48213.";
const question = "What is my order number?";
const filler = "The lamp in the hall flickers when it rains.";

/** The texts that are found for the question, of all that stands before the newest turn. */
function found(searchable: SearchableHistory): string[] {
  return finder(searchable)(question, 5_000, 0).map((turn) => (typeof turn === "number" ? "" : turn.text));
}

/** A session that says the fact first, and then other things. */
async function longSession(turns: number, session = key, world = new SearchedSessions()) {
  for (let index = 0; index < turns; index++) {
    await world.say(session, says(index === 0 ? fact : `${filler} ${index}`));
  }
  return world;
}

/** A source of turns that is as slow as the test wants. */
function gated({ store }: SearchedSessions) {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  let reads = 0;
  return {
    open,
    reads: () => reads,
    turns: {
      async turnsAfter(...range: Parameters<typeof store.turnsAfter>): Promise<readonly SessionTurn[]> {
        reads += 1;
        await gate;
        return store.turnsAfter(...range);
      },
    },
  };
}

/** A deadline that comes when the test wants. */
function manualTimer() {
  const due = new Set<() => void>();
  return {
    fire: () => due.forEach((work) => void work()),
    timer: (_: number, work: () => void) => {
      due.add(work);
      return () => void due.delete(work);
    },
  };
}

const rounds = async (count: number) => {
  for (let index = 0; index < count; index++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
};

test("an answer does not wait longer than its deadline: the newest turns are searched, the others counted, and the next answer finds all", async () => {
  const world = await longSession(250);
  const { turns, open } = gated(world);
  const { timer, fire } = manualTimer();
  const search = world.search({ turns, timer });
  const session = await world.open(key, 5);
  const late = search.open({ requestId, tenantId, session, messages: [] });
  await rounds(3);
  fire();
  const first = await late;
  expect(first.unsearchedTurns).toBe(245);
  expect(found(first)).toEqual([]);
  expect(finder(first)("lamp", 5_000, 4)).not.toEqual([]);
  open();
  await Promise.all(world.background);
  const second = await search.open({ requestId, tenantId, session: await world.open(key, 5), messages: [] });
  expect(second.unsearchedTurns).toBe(0);
  expect(found(second)).toContain(fact);
  expect(world.failures).toEqual([]);
});

test("a session whose index is kept is not read again, but for what is new", async () => {
  const world = await longSession(30);
  const source = gated(world);
  source.open();
  const search = world.search({ turns: source.turns });
  const ask = async () =>
    search.open({ requestId, tenantId, session: await world.open(key, 5), messages: [] });
  await ask();
  const reads = source.reads();
  await world.say(key, says("My order number is HK-2 now."));
  expect(found(await ask())).toEqual(expect.arrayContaining([fact]));
  expect(source.reads()).toBe(reads);
  for (let index = 0; index < 8; index++) {
    await world.say(key, says("Hello."));
  }
  expect(found(await ask())).toContain("My order number is HK-2 now.");
  expect(source.reads()).toBe(reads + 1);
});

test("turns that cannot be read do not fail the answer, and are found when they can", async () => {
  const world = await longSession(20);
  let isAway = true;
  const turns = {
    async turnsAfter(...range: Parameters<typeof world.store.turnsAfter>) {
      if (isAway) {
        throw new Error("away");
      }
      return world.store.turnsAfter(...range);
    },
  };
  const search = world.search({ turns });
  const ask = async () =>
    search.open({ requestId, tenantId, session: await world.open(key, 5), messages: [] });
  expect((await ask()).unsearchedTurns).toBe(15);
  expect(world.failures).toEqual([new Error("away")]);
  isAway = false;
  expect(found(await ask())).toContain(fact);
});

test("a process makes few indexes at once; who waits in vain for that begins none", async () => {
  const world = new SearchedSessions();
  const sessions = Array.from({ length: 6 }, (_, index) => ({ ...key, sessionId: `s${index}` }));
  for (const session of sessions) {
    await longSession(8, session, world);
  }
  const source = gated(world);
  const { timer, fire } = manualTimer();
  const search = world.search({ turns: source.turns, timer });
  const asked = sessions.map(async (session) =>
    search.open({ requestId, tenantId, session: await world.open(session, 2), messages: [] }),
  );
  await rounds(5);
  expect(source.reads()).toBe(4);
  fire();
  expect((await Promise.all(asked)).map(({ unsearchedTurns }) => unsearchedTurns)).toEqual(Array(6).fill(6));
  source.open();
  await Promise.all(world.background);
  expect(source.reads()).toBe(4);
  for (const session of sessions) {
    const all = await search.open({
      requestId,
      tenantId,
      session: await world.open(session, 2),
      messages: [],
    });
    expect(found(all)).toContain(fact);
  }
  expect(source.reads()).toBe(6);
});

test("of a session that is larger than an index may be, the newest turns are searched, and the others counted", async () => {
  const world = await longSession(300);
  const search = world.search({ mostBytes: 200_000 });
  const ask = async () =>
    search.open({ requestId, tenantId, session: await world.open(key, 5), messages: [] });
  const { unsearchedTurns, parts } = await ask();
  expect(unsearchedTurns).toBeGreaterThan(200);
  expect(parts[0]?.index.length).toBe(2 * (300 - unsearchedTurns));
  expect(parts[0]?.index.conversation.bytes).toBeLessThan(100_000);
});

test("where turns are dear to read, a new index goes no further back than is allowed, and grows from there", async () => {
  const world = await longSession(60);
  const source = gated(world);
  source.open();
  const search = world.search({ turns: source.turns, mostNewTurns: 50 });
  const ask = async () =>
    search.open({ requestId, tenantId, session: await world.open(key, 5), messages: [] });
  expect((await ask()).unsearchedTurns).toBe(10);
  await world.say(key, says("Hello."));
  expect((await ask()).unsearchedTurns).toBe(10);
  expect(source.reads()).toBe(1);
});

test("turns that carry files are read few at a time", async () => {
  const world = new SearchedSessions();
  for (let index = 0; index < 30; index++) {
    const [asked, answer] = says(index === 0 ? fact : filler) as [TurnMessage, TurnMessage];
    const image = { image: { format: "png", source: { bytes: "A".repeat(200_000) } } };
    await world.say(key, [{ ...asked, content: [...asked.content, image] }, answer]);
  }
  const pages: number[] = [];
  const turns = {
    async turnsAfter(...range: Parameters<typeof world.store.turnsAfter>) {
      const page = await world.store.turnsAfter(...range);
      pages.push(page.length);
      return page;
    },
  };
  const session = await world.open(key, 5);
  const all = await world.search({ turns }).open({ requestId, tenantId, session, messages: [] });
  expect(pages).toEqual([9, 9, 7]);
  expect(found(all)).toContain(fact);
});

test("an index that gets too large, because older turns said more than the newest, is made anew with fewer of them", async () => {
  const world = await longSession(20);
  for (let index = 0; index < 40; index++) {
    await world.say(key, says(`${filler.repeat(40)} ${index}`));
  }
  for (let index = 0; index < 8; index++) {
    await world.say(key, says("Hello.", "Hi."));
  }
  const search = world.search({ mostBytes: 150_000 });
  const ask = async () =>
    search.open({ requestId, tenantId, session: await world.open(key, 5), messages: [] });
  expect((await ask()).unsearchedTurns).toBe(63);
  const next = await ask();
  expect(next.unsearchedTurns).toBeGreaterThan(0);
  expect(next.unsearchedTurns).toBeLessThan(63);
  expect((await ask()).parts[0]?.index).toBe(next.parts[0]?.index);
});

test("an index that was not asked for lately gives way to others, and is made again", async () => {
  const world = new SearchedSessions();
  const sessions = Array.from({ length: 12 }, (_, index) => ({ ...key, sessionId: `s${index}` }));
  for (const session of sessions) {
    await longSession(20, session, world);
  }
  const source = gated(world);
  source.open();
  const search = world.search({ turns: source.turns, mostBytes: 300_000 });
  const ask = async (session: SessionKey) =>
    found(await search.open({ requestId, tenantId, session: await world.open(session, 2), messages: [] }));
  for (const session of sessions) {
    expect(await ask(session)).toContain(fact);
  }
  const reads = source.reads();
  expect(await ask(sessions.at(-1) ?? key)).toContain(fact);
  expect(source.reads()).toBe(reads);
  expect(await ask(sessions[0] ?? key)).toContain(fact);
  expect(source.reads()).toBe(reads + 1);
});

test("what has expired since it was indexed is not found, and does not stay", async () => {
  const world = new SearchedSessions();
  const search = world.search();
  const ask = async () =>
    search.open({ requestId, tenantId, session: await world.open(key, 2), messages: [] });
  await world.say(key, says(fact));
  world.clock.advance(keptForMs / 2);
  for (let index = 0; index < 9; index++) {
    await world.say(key, says(index === 0 ? "My order number is HK-2." : filler));
  }
  expect(found(await ask())).toContain(fact);
  world.clock.advance(keptForMs / 2);
  const later = await ask();
  expect(found(later)).toContain("My order number is HK-2.");
  expect(found(later)).not.toContain(fact);
  expect(later.parts[0]?.index.length).toBe(20);
  await world.say(key, says(filler));
  world.clock.advance(keptForMs / 2);
  const last = await ask();
  expect(found(last)).not.toContain("My order number is HK-2.");
  expect(last.parts[0]?.index.length).toBe(2);
});

const user = (text: string): ChatMessage => ({ role: "user", content: [{ text }] });
const assistant = (text: string): ChatMessage => ({ role: "assistant", content: [{ text }] });

test("a chat without a session is indexed once, however it goes on, and anew when it is another than before", async () => {
  const search = new SearchedSessions().search();
  const ask = async (...messages: ChatMessage[]) => {
    const searchable = await search.open({ requestId, tenantId, session: undefined, messages });
    const [part] = searchable.parts;
    return {
      index: part?.index,
      texts: found({ ...searchable, parts: part ? [{ ...part, firstPlace: -9 }] : [] }),
    };
  };
  const beginning = [user(fact), assistant("I see.")];
  const first = await ask(...beginning, user("And?"));
  const second = await ask(...beginning, user("And?"), assistant("Order now."), user(question));
  expect(second.index).toBe(first.index);
  expect(second.texts).toEqual(expect.arrayContaining([fact, "Order now."]));
  const edited = await ask(...beginning, user("Or?"), assistant("No order."), user(question));
  expect(edited.index).not.toBe(first.index);
  expect(edited.texts).not.toContain("Order now.");
  const other = await ask(user(fact), assistant("Which order?"), user(question));
  expect(other.texts).not.toContain("Order now.");
});

test("a chat that is too large, or late, is searched at its end, and the rest is counted", async () => {
  const world = new SearchedSessions();
  const { timer, fire } = manualTimer();
  const messages = [
    user(fact),
    ...Array.from({ length: 100 }, () => assistant(filler.repeat(200))),
    user("?"),
  ];
  const search = world.search({ timer, mostBytes: 100_000_000 });
  const asked = search.open({ requestId, tenantId, session: undefined, messages });
  await rounds(1);
  fire();
  const late = await asked;
  expect(late.unsearchedTurns).toBeGreaterThan(30);
  expect(late.parts[0]?.firstPlace).toBe(late.unsearchedTurns);
  await Promise.all(world.background);
  const next = await search.open({ requestId, tenantId, session: undefined, messages });
  expect(next.unsearchedTurns).toBe(0);
  const small = world.search({ mostBytes: 1_000_000 });
  const tooLarge = await small.open({ requestId, tenantId, session: undefined, messages });
  expect(tooLarge.unsearchedTurns).toBe(late.unsearchedTurns);
});

test("while indexes are made the event loop serves others, one slice of work to a round", async () => {
  const search = new SearchedSessions().search({ mostBytes: 100_000_000 });
  const chat = (name: string) => [user(name), assistant(filler.repeat(5_000)), user("?")];
  let isDone = false;
  const asked = Promise.all(
    ["a", "b", "c"].map((name) =>
      search.open({ requestId, tenantId, session: undefined, messages: chat(name) }),
    ),
  ).then(() => {
    isDone = true;
  });
  let served = 0;
  while (!isDone) {
    await rounds(1);
    served += 1;
  }
  await asked;
  const slices = Math.floor((3 * filler.length * 5_000) / 12_000);
  expect(served).toBeGreaterThan(slices);
});
