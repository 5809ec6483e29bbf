import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenTurn, openTurn, startMs } from "../testing/open-turn.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };
let turn: OpenTurn;
let names = 0;

beforeAll(async () => {
  turn = await openTurn();
}, timeoutMs);
afterAll(() => turn.close());

const newName = () => {
  names += 1;
  return `turn-${names}`;
};
const begun = async (name: string, wanted: { tenantId?: string; requestId?: string } = {}) =>
  turn.liveTurns.begin({
    tenantId: "t1",
    name,
    requestId: "req_1",
    bodySha256: "a",
    leaseUntilMs: startMs + 1_000,
    ...wanted,
  });
const events = (from: number, count: number) =>
  Array.from({ length: count }, (_, index) => ({ contentBlockDelta: { number: from + index } }));

test("of two that begin a turn of one name, one does, and both learn which", timeout, async () => {
  const name = newName();
  const both = await Promise.all([begun(name), begun(name, { requestId: "req_2" })]);
  expect(both[0].requestId).toBe(both[1].requestId);
  expect(await turn.liveTurns.read("t1", name)).toEqual(both[0]);
});

test("a name is free again once its turn's time is over", timeout, async () => {
  const name = newName();
  await begun(name);
  turn.clock.advance(3_600_001);
  expect(await turn.liveTurns.read("t1", name)).toBeUndefined();
  expect(await turn.liveTurns.requestCancel("t1", name)).toBe(false);
  expect((await begun(name, { requestId: "req_2" })).requestId).toBe("req_2");
});

test("events are read from any cursor on, in order, each once", timeout, async () => {
  const name = newName();
  await begun(name);
  const groups = [700, 1, 20];
  let after = 0;
  for (const count of groups) {
    await turn.liveTurns.append("t1", name, { after, events: events(after, count) });
    after += count;
  }
  for (const cursor of [0, 1, 499, 500, 699, 700, 701, 720, 721, 5_000]) {
    const read = await turn.liveTurns.list("t1", name, cursor);
    expect(read.flatMap((group) => group.events)).toEqual(events(cursor, Math.max(0, after - cursor)));
    expect(read[0]?.after ?? cursor).toBe(cursor);
  }
});

test("a tenant sees, cancels and follows its own turns only", timeout, async () => {
  const name = newName();
  await begun(name);
  await turn.liveTurns.append("t1", name, { after: 0, events: events(0, 1) });
  expect(await turn.liveTurns.read("t2", name)).toBeUndefined();
  expect(await turn.liveTurns.list("t2", name, 0)).toEqual([]);
  expect(await turn.liveTurns.requestCancel("t2", name)).toBe(false);
  expect(await turn.liveTurns.follow("t2", name, startMs)).toBe(false);
  expect((await begun(name, { tenantId: "t2", requestId: "req_2" })).requestId).toBe("req_2");
  expect(await turn.liveTurns.read("t1", name)).toMatchObject({ requestId: "req_1", cancelRequested: false });
});
