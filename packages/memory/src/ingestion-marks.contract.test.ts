import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { IngestionMarks } from "./long-term/ingestion-marks.ts";
import { MapMarks } from "./testing/map-marks.ts";
import { type OpenMemory, openMemory } from "./testing/open-memory.ts";

let open: OpenMemory;
beforeAll(async () => {
  open = await openMemory();
});
afterAll(() => open.close());

const adapters: readonly (readonly [string, () => IngestionMarks])[] = [
  ["in a Map", () => new MapMarks()],
  ["DynamoDB", () => open.marks],
];
const tenantId = "t000000000001";
const session = (actorId: string, sessionId = "s1", tenant = tenantId) => ({
  tenantId: tenant,
  actorId,
  sessionId,
});
const sending = (through: number, sendingTo: number, incarnation = "first") => ({
  incarnation,
  through,
  sendingTo,
});

describe.each(adapters)("%s", (_, adapter) => {
  test("of two who begin, one does; the end is noted once and the next begins from there", async () => {
    const marks = adapter();
    const ann = session("ann");
    expect(await marks.read(ann)).toBeUndefined();
    const begun = await Promise.all([
      marks.beginSending(ann, sending(0, 5)),
      marks.beginSending(ann, sending(0, 7)),
    ]);
    expect(begun.filter(Boolean)).toHaveLength(1);
    const sendingTo = (await marks.read(ann))?.sendingTo ?? 0;
    expect(await marks.endSending(ann, sending(0, 6))).toBe(false);
    expect(await marks.endSending(ann, sending(0, sendingTo))).toBe(true);
    expect(await marks.endSending(ann, sending(0, sendingTo))).toBe(false);
    expect(await marks.read(ann)).toEqual({ incarnation: "first", through: sendingTo, sendingTo: undefined });
    expect(await marks.beginSending(ann, sending(0, 9))).toBe(false);
    expect(await marks.beginSending(ann, sending(sendingTo, 9))).toBe(true);
  });

  test("what is being sent is put on another bill by one of two, and its end takes the bill off", async () => {
    const marks = adapter();
    const dora = session("dora");
    const on = (billId: string | undefined) => ({ ...sending(0, 5), billId });
    expect(await marks.billAnew(dora, on("b2"), "b1")).toBe(false);
    await marks.beginSending(dora, on("b1"));
    expect(await marks.read(dora)).toMatchObject({ sendingTo: 5, billId: "b1" });
    const moved = await Promise.all(["b2", "b3"].map((billId) => marks.billAnew(dora, on(billId), "b1")));
    expect(moved.filter(Boolean)).toHaveLength(1);
    expect(await marks.billAnew(dora, on("b4"), undefined)).toBe(false);
    expect(await marks.endSending(dora, sending(0, 5))).toBe(true);
    expect((await marks.read(dora))?.billId).toBeUndefined();
    await marks.beginSending(dora, sending(5, 6));
    expect(await marks.billAnew(dora, { ...sending(5, 6), billId: "b5" }, undefined)).toBe(true);
    expect(await marks.read(dora)).toMatchObject({ sendingTo: 6, billId: "b5" });
  });

  test("a session that is begun again is marked from its beginning, and its earlier one no more", async () => {
    const marks = adapter();
    const cleo = session("cleo");
    await marks.beginSending(cleo, sending(0, 4));
    expect(await marks.beginSending(cleo, sending(3, 9, "second"))).toBe(false);
    expect(await marks.beginSending(cleo, sending(0, 2, "second"))).toBe(true);
    expect(await marks.endSending(cleo, sending(0, 4))).toBe(false);
    expect(await marks.endSending(cleo, sending(0, 2, "second"))).toBe(true);
    expect(await marks.read(cleo)).toEqual({ incarnation: "second", through: 2, sendingTo: undefined });
  });

  test("removing a session, an actor or a tenant removes its marks and no others", async () => {
    const marks = adapter();
    const keys = [
      session("bob"),
      session("bob", "s2"),
      session("bobby"),
      session("bob", "s1", "t000000000002"),
    ];
    const present = async () => {
      const all = await Promise.all(keys.map((key) => marks.read(key)));
      return all.map((mark) => mark?.sendingTo !== undefined);
    };
    for (const key of keys) {
      await marks.beginSending(key, sending(0, 1));
    }
    await marks.removeSession(session("bob"));
    expect(await present()).toEqual([false, true, true, true]);
    await marks.removeActor(tenantId, "bob");
    expect(await present()).toEqual([false, false, true, true]);
    await marks.removeTenant(tenantId);
    expect(await present()).toEqual([false, false, false, true]);
    expect(await marks.endSending(session("bobby"), sending(0, 1))).toBe(false);
  });
});
