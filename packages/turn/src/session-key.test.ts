import fc from "fast-check";
import { expect, test } from "vitest";
import { actorOf, actorOfEndUser, noActor } from "./session-key.ts";

const caller = { tenant: { id: "t000000000001" } } as Parameters<typeof actorOf>[0];
/** Among them ids that begin as hashed ones do, and hashed ones themselves. */
const id = fc.oneof(
  fc.string({ unit: "binary", minLength: 1, maxLength: 200 }),
  fc.string({ minLength: 1, maxLength: 10 }).map((text) => `sha256:${text}`),
  fc.string({ minLength: 1, maxLength: 5 }).map((text) => actorOfEndUser(`?${text}`) ?? "?"),
);

test("any end user's id names an actor, and two ids never the same", () => {
  fc.assert(
    fc.property(id, id, (one, other) => {
      const [first, second] = [actorOfEndUser(one), actorOfEndUser(other)];
      expect(actorOf(caller, first)).toEqual({ actorId: first });
      expect(first === second).toBe(one === other);
    }),
    { numRuns: 2_000 },
  );
});

test("an id that is an actor's name is that actor, so that the header finds it by the same name", () => {
  for (const name of ["user-1", "3f1c9a", "ann@acme.test"]) {
    expect(actorOfEndUser(name)).toBe(name);
  }
  // printf 'Ann Smith' | sha256sum
  expect(actorOfEndUser("Ann Smith")).toBe(
    "sha256:716955afb1f7aa2e8cda1de316979eddc9664a1e143d894b13b78842ed22ebd1",
  );
});

test("no end user is the actor that whoever names none shares", () => {
  expect(actorOf(caller, undefined)).toEqual({ actorId: noActor });
  expect(actorOfEndUser(noActor)).toMatch(/^sha256:/);
});

test("what names nobody is no actor", () => {
  expect([actorOfEndUser(""), actorOfEndUser("\ud800")]).toEqual([undefined, undefined]);
});
