import fc from "fast-check";
import { expect, test } from "vitest";
import { InMemoryLongTermMemory } from "../testing/in-memory-long-term-memory.ts";
import { actorName, sessionName } from "./memory-names.ts";
import { memoryStrategies } from "./memory-strategies.ts";
import {
  actorNamespace,
  resolveNamespace,
  sessionNamespaces,
  strategyNamespace,
  strategyOf,
  tenantNamespace,
} from "./namespaces.ts";

const numRuns = 10_000;
const tenantId = fc.constantFrom(
  "t000000000001",
  "t000000000002",
  "t00000000000v",
  "a",
  "A",
  "acme-eu",
  "x".repeat(63),
  "x".repeat(64),
);
/** Whatever tries to leave its place, or to be taken for a neighbour. */
const hostile = fc.constantFrom(
  "",
  "a",
  "ab",
  "A",
  "a/",
  "a/b",
  "..",
  "../b",
  "/",
  "{actorId}",
  "{sessionId}",
  "*",
  "a*",
  "a_2f",
  "_z",
  "_h",
  "_u0061",
  "a:b",
  "a b",
  "ü",
  "\u00fc",
  "u\u0308",
  "\ud800",
  "\udc00",
  "t000000000001/actors/a",
  "semantic",
  "x".repeat(231),
  "x".repeat(232),
  "/".repeat(300),
  `${"/".repeat(300)}a`,
);
const id = fc.oneof(
  hostile,
  fc.string({ maxLength: 12 }),
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.tuple(hostile, hostile).map(([a, b]) => a + b),
);
const owner = fc.tuple(tenantId, id);
const same = (a: readonly string[], b: readonly string[]) => a.every((one, index) => one === b[index]);

/** AgentCore's own patterns, for an actor and a session. */
const actorPattern = /^[a-zA-Z0-9][a-zA-Z0-9-_/]*(?::[a-zA-Z0-9-_/]+)*[a-zA-Z0-9-_/]*$/;
const sessionPattern = /^[a-zA-Z0-9][a-zA-Z0-9-_]*$/;

test("names fit AgentCore's patterns, and are alike only for the same tenant and the same text", () => {
  fc.assert(
    fc.property(owner, owner, (a, b) => {
      const [nameA, nameB] = [actorName(...a), actorName(...b)];
      expect(nameA).toMatch(actorPattern);
      expect(nameA.length).toBeLessThanOrEqual(255);
      expect(nameA === nameB).toBe(same(a, b));
      expect(sessionName(a[1])).toMatch(sessionPattern);
      expect(sessionName(a[1]).length).toBeLessThanOrEqual(100);
      expect(sessionName(a[1]) === sessionName(b[1])).toBe(a[1] === b[1]);
    }),
    { numRuns },
  );
});

test("no namespace of one actor covers, or is covered by, one of another actor or tenant", () => {
  fc.assert(
    fc.property(owner, owner, id, id, (a, b, sessionA, sessionB) => {
      const own = memoryStrategies.flatMap((one) => [
        strategyNamespace(one, ...a),
        strategyNamespace(one, ...a, sessionA),
      ]);
      const wrong = own.filter(
        (namespace) =>
          !/^(\/[a-zA-Z0-9\-_]+)+\/$/.test(namespace) ||
          !namespace.startsWith(actorNamespace(...a)) ||
          !namespace.startsWith(tenantNamespace(a[0])) ||
          namespace.startsWith(actorNamespace(...b)) !== same(a, b) ||
          namespace.startsWith(tenantNamespace(b[0])) !== (a[0] === b[0]) ||
          (strategyOf(namespace, ...b) !== undefined) !== same(a, b),
      );
      expect(wrong).toEqual([]);
      const others = sessionNamespaces(...a, sessionB);
      const covered = sessionNamespaces(...a, sessionA).some((one) =>
        others.some((two) => two.startsWith(one)),
      );
      expect(covered).toBe(sessionA === sessionB);
    }),
    { numRuns },
  );
});

test("whoever asks finds what they said, and never what another actor or tenant said", async () => {
  const signal = new AbortController().signal;
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(owner, { minLength: 2, maxLength: 4, comparator: same }),
      async (owners) => {
        const memory = new InMemoryLongTermMemory();
        for (const [tenant, actor] of owners) {
          const secret = JSON.stringify([tenant, actor]);
          const parts = [{ role: "user" as const, text: secret }];
          const event = { sessionId: "s", token: secret, atMs: 0, firstSequence: 1, lastSequence: 1, parts };
          await memory.ingest(tenant, actor, event);
        }
        const [[tenant, actor] = ["", ""], ...others] = owners;
        const search = { strategy: "semantic" as const, limit: 10, signal };
        const texts = async (...one: readonly [string, string]) =>
          (await memory.search(...one, "secret", search)).map(({ text }) => text);
        expect(await texts(tenant, actor)).toEqual([JSON.stringify([tenant, actor])]);
        await memory.forgetActor(tenant, actor);
        expect(await texts(tenant, actor)).toEqual([]);
        for (const other of others) {
          expect(await texts(...other)).toEqual([JSON.stringify(other)]);
        }
      },
    ),
    { numRuns },
  );
});

test("what is no tenant id is refused", () => {
  for (const wrong of [
    "",
    "-",
    "-a",
    "a_2f",
    "ü",
    "a b",
    "x".repeat(65),
    "t000000000001/actors/a",
    "*",
    "../a",
    "a\n",
  ]) {
    expect(() => actorName(wrong, "a")).toThrow(expect.objectContaining({ name: "CaprockError" }));
  }
});

test("a placeholder that nothing fills is an error that names it, and so is a missing slash", () => {
  const code = (template: string) => () => resolveNamespace(template, { actorId: "a" });
  const misconfigured = expect.objectContaining({
    problem: expect.objectContaining({ code: "memory_misconfigured" }),
  });
  expect(code("/tenants/{tenantId}/{actorId}/")).toThrow(misconfigured);
  expect(code("/actors/{actorId}")).toThrow(misconfigured);
  expect(code("/actors/{constructor}/")).toThrow(misconfigured);
  expect(resolveNamespace("/actors/{actorId}/", { actorId: "a" })).toBe("/actors/a/");
});
