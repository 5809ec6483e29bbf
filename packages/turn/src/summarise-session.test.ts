import { requestArrivalMs, type Tenant } from "@caprock/domain";
import type { SessionKey } from "@caprock/memory";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runTurn } from "./run-turn.ts";
import { type OpenTurn, openTurn } from "./testing/open-turn.ts";
import { runToEnd, served } from "./testing/run-to-end.ts";

let turn: OpenTurn;
beforeAll(async () => {
  turn = await openTurn();
});
beforeEach(() => {
  turn.summaryFailures.length = 0;
});
afterAll(() => turn.close());

const session = { sessionId: "chat-1", actorId: "ann" };
const contextPolicy = { strategy: "summarise", windowTokens: 2_000 } as const;
const newTenant = (limits?: Partial<Tenant["limits"]>, policy: Tenant["contextPolicy"] = contextPolicy) => ({
  ...turn.newTenant(limits),
  contextPolicy: policy,
});
const keyOf = ({ id }: Tenant): SessionKey => ({ tenantId: id, ...session });
const long = (place: number) => `Turn ${place}: ${"the kettle hums and the lamp is off. ".repeat(12)}`;

interface Sent {
  readonly system?: { readonly text: string }[];
  readonly toolConfig?: object;
  readonly messages: { readonly role: string; readonly content: { readonly text: string }[] }[];
  readonly requestMetadata: Record<string, string>;
}
const bodiesOf = ({ id }: Tenant) =>
  turn.calls
    .map(({ body }) => body as unknown as Sent)
    .filter(({ requestMetadata }) => Object.values(requestMetadata).includes(id));
const isSummary = ({ requestMetadata }: Sent) => Object.values(requestMetadata).includes("caprock.summary");

async function say(tenant: Tenant, from: number, through: number, how: "whole" | "stream" = "whole") {
  for (let place = from; place <= through; place++) {
    await runToEnd(how, turn.request(tenant, { text: long(place), session }), turn.parts);
    await turn.idle();
  }
}

test.each(["whole", "stream"] as const)(
  "what leaves the window of a %s chat is summarised after the answer, each message once, and stands in the next prompt",
  async (how) => {
    const tenant = newTenant();
    await say(tenant, 1, 14, how);
    expect(turn.summaryFailures).toEqual([]);
    const summaries = bodiesOf(tenant).filter(isSummary);
    expect(summaries.length).toBeGreaterThan(1);
    const shown = summaries.flatMap(({ messages }) =>
      [...(messages[0]?.content[0]?.text ?? "").matchAll(/<turn role="user">\nTurn (\d+):/g)].map(
        ([, place]) => Number(place),
      ),
    );
    expect(shown).toEqual(shown.map((_, index) => index + 1));
    expect(summaries.every(({ toolConfig }) => toolConfig === undefined)).toBe(true);
    expect(summaries[1]?.messages[0]?.content[0]?.text).toContain("<summary");
    const kept = await turn.parts.sessions.findSummary(keyOf(tenant));
    expect(kept?.throughSequence).toBe(shown.length);
    await say(tenant, 15, 15, how);
    const prompt = bodiesOf(tenant).findLast((body) => !isSummary(body));
    expect(prompt?.system?.at(-1)?.text).toContain(kept?.text.replace("<", "&lt;"));
    // What no summary was shown is in the prompt itself.
    const said = JSON.stringify(prompt?.messages);
    for (let place = shown.length + 1; place <= 15; place++) {
      expect(said).toContain(`Turn ${place}:`);
    }
  },
);

test("an exchange that is longer than the summariser's window is shown to it in parts, all of it and once", async () => {
  const tenant = newTenant();
  const facts = Array.from(
    { length: 300 },
    (_, index) => `Fact ${index}: the kettle hums and the lamp is off.`,
  );
  const pasted = turn.request(tenant, { text: facts.join(" "), session });
  await runToEnd("whole", pasted, turn.parts);
  await turn.idle();
  await say(tenant, 2, 10);
  expect(turn.summaryFailures).toEqual([]);
  const prompts = bodiesOf(tenant)
    .filter(isSummary)
    .map(({ messages }) => messages[0]?.content[0]?.text ?? "");
  expect(prompts.length).toBeGreaterThan(3);
  const shown = prompts.flatMap((prompt) =>
    [...prompt.matchAll(/<turn role="user">\n(.*?)\n<\/turn>/gs)].map(([, text]) => text),
  );
  expect(shown.join("").split(facts.join(" "))).toHaveLength(2);
  expect((await turn.parts.sessions.findSummary(keyOf(tenant)))?.throughSequence).toBeGreaterThan(1);
});

test("an exchange that is longer than all that may be shown ends no summaries: its ends are told, and that its middle is missing", async () => {
  const tenant = newTenant();
  const lines = Array.from({ length: 4_000 }, (_, index) => `Line ${index}: the kettle hums.`);
  await runToEnd("whole", turn.request(tenant, { text: lines.join(" "), session }), turn.parts);
  await turn.idle();
  await say(tenant, 2, 10);
  expect(turn.summaryFailures).toEqual([]);
  const prompts = bodiesOf(tenant)
    .filter(isSummary)
    .map(({ messages }) => messages[0]?.content[0]?.text ?? "");
  const shown = prompts.filter((prompt) => prompt.includes("Line "));
  expect(shown).toHaveLength(16);
  expect(shown[0]).toContain("Line 0:");
  expect(shown[8]).toMatch(/\[About \d+ tokens that stood here are not shown\.\]/);
  expect(shown[15]).toContain("Line 3999:");
  expect(prompts[16]).toMatch(/\[Not in this summary: about \d+ tokens from the middle of what was said\.\]/);
  expect((await turn.parts.sessions.findSummary(keyOf(tenant)))?.throughSequence).toBeGreaterThan(1);
});

test("a summary is a call of the tenant: with a receipt, and within its limits", async () => {
  const tenant = newTenant();
  await say(tenant, 1, 8);
  const entries = await Promise.all(
    bodiesOf(tenant).map(({ requestMetadata }) =>
      turn.ledger.find(
        tenant.id,
        Object.values(requestMetadata).find((value) => value.startsWith("req_")) ?? "",
      ),
    ),
  );
  const receipts = entries.filter((entry) => entry?.wire === "caprock.summary");
  expect(receipts.length).toBeGreaterThan(0);
  expect(receipts[0]).toMatchObject({ modelId: "amazon.nova-2-lite-v1:0", status: "completed" });
  expect(receipts[0]?.usage.input).toBeGreaterThan(0);
  expect(receipts.map((entry) => entry?.arrivedAtMs)).toEqual(
    receipts.map((entry) => requestArrivalMs(entry?.requestId ?? "")),
  );
  const { requests } = await turn.accounts(tenant);
  expect(requests?.[1]).toBe(BigInt(entries.length));

  const poor = newTenant({ requestsPerMinute: 1_000, monthlyCapNanoUsd: 50_000_000n });
  await say(poor, 1, 2);
  expect(bodiesOf(poor).filter(isSummary)).toEqual([]);
});

test("a summariser that is refused, fails or says nothing leaves the history whole, and the turn is served", async () => {
  const tenant = newTenant({}, { ...contextPolicy, summariserModel: "no.such-model" });
  await say(tenant, 1, 8);
  expect(bodiesOf(tenant).filter(isSummary)).toEqual([]);
  expect(await turn.parts.sessions.findSummary(keyOf(tenant))).toBeUndefined();

  const failing = newTenant();
  const fault = new Error("the summariser is away");
  const { bedrock } = turn.parts;
  const parts = {
    ...turn.parts,
    bedrock: Object.assign(Object.create(bedrock), {
      converse: (call: Parameters<typeof bedrock.converse>[0]) =>
        isSummary(call.body as unknown as Sent) ? Promise.reject(fault) : bedrock.converse(call),
    }),
  };
  for (let place = 1; place <= 8; place++) {
    served(await runTurn(turn.request(failing, { text: long(place), session }), parts));
    await turn.idle();
  }
  expect(turn.summaryFailures.length).toBeGreaterThan(0);
  expect(await turn.parts.sessions.findSummary(keyOf(failing))).toBeUndefined();
  expect(await turn.parts.sessions.turnsAfter(keyOf(failing), 0, 99)).toHaveLength(8);
  turn.clock.advance(3_600_000);
  await say(failing, 9, 9);
  expect(await turn.parts.sessions.findSummary(keyOf(failing))).toMatchObject({ throughMessage: 1 });
});

/** A process that is killed before it keeps a summary also gives nothing up. */
function dead(sessions: OpenTurn["parts"]["sessions"]): OpenTurn["parts"]["sessions"] {
  return new Proxy(sessions, {
    get(target, name) {
      if (name === "keepSummary" || name === "postponeSummary") {
        return () => Promise.reject(new Error("killed"));
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
}

test("a summariser that always fails is asked after pauses that double up to an hour, however often its session speaks", async () => {
  const tenant = newTenant();
  let asked = 0;
  const { bedrock } = turn.parts;
  const parts = {
    ...turn.parts,
    bedrock: Object.assign(Object.create(bedrock), {
      converse(call: Parameters<typeof bedrock.converse>[0]) {
        const isFailing = isSummary(call.body as unknown as Sent);
        asked += isFailing ? 1 : 0;
        return isFailing ? Promise.reject(new Error("away")) : bedrock.converse(call);
      },
    }),
  };
  let place = 0;
  const sayOne = async () => {
    place += 1;
    served(await runTurn(turn.request(tenant, { text: long(place), session }), parts));
    await turn.idle();
  };
  while (asked === 0 && place < 20) {
    await sayOne();
  }
  const minuteMs = 60_000;
  for (const [index, minutes] of [1, 2, 4, 8, 16, 32, 60, 60].entries()) {
    turn.clock.advance(minutes * minuteMs - 1_000);
    await sayOne();
    expect(asked, `before ${minutes} minutes`).toBe(index + 1);
    turn.clock.advance(1_000);
    await sayOne();
    expect(asked, `after ${minutes} minutes`).toBe(index + 2);
  }
  turn.clock.advance(60 * minuteMs);
  await say(tenant, place + 1, place + 1);
  expect(await turn.parts.sessions.findSummary(keyOf(tenant))).toBeDefined();
});

test("a process that dies between a summary's call and its keeping is charged once, and the next one covers the same turns", async () => {
  const tenant = newTenant();
  const { sessions } = turn.parts;
  const parts = { ...turn.parts, sessions: dead(sessions) };
  let place = 0;
  while (bodiesOf(tenant).filter(isSummary).length === 0) {
    place += 1;
    served(await runTurn(turn.request(tenant, { text: long(place), session }), parts));
    await turn.idle();
  }
  expect(await sessions.findSummary(keyOf(tenant))).toBeUndefined();
  turn.clock.advance(turn.parts.holdTtlMs);
  await say(tenant, place + 1, place + 1);
  const [wasted, made] = bodiesOf(tenant).filter(isSummary);
  const first = wasted?.messages[0]?.content[0]?.text.split("\n").slice(0, 2);
  expect(made?.messages[0]?.content[0]?.text.split("\n").slice(0, 2)).toEqual(first);
  expect((await sessions.findSummary(keyOf(tenant)))?.throughSequence).toBeGreaterThan(0);
  expect(await sessions.turnsAfter(keyOf(tenant), 0, 99)).toHaveLength(place + 1);
});

test("cache points are set by policy, where the caller has set none, and are told in the report", async () => {
  const tenant = newTenant({}, { cachePoints: true });
  const system = [{ text: "You know the manual of every kettle by heart. ".repeat(400) }];
  const body = { system, messages: [{ role: "user", content: [{ text: "Hello" }] }] };
  const modelId = "us.amazon.nova-lite-v1:0";
  const { context } = served(await runTurn(turn.request(tenant, { body, modelId }), turn.parts));
  expect(context?.cachePoints).toBe(1);
  expect(bodiesOf(tenant).at(-1)?.system?.at(-1)).toEqual({ cachePoint: { type: "default" } });
  const own = { ...body, system: [...system, { cachePoint: { type: "default" } }, { text: "Be short." }] };
  const second = served(await runTurn(turn.request(tenant, { body: own, modelId }), turn.parts));
  expect(second.context?.cachePoints).toBe(0);
  const off = { body, modelId, contextPolicy: { cachePoints: false } };
  expect(served(await runTurn(turn.request(tenant, off), turn.parts)).context?.cachePoints).toBe(0);
});
