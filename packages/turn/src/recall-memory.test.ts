/** Recall in a turn: what it brings, what it costs the tenant, and what the turn is told when it may not cost anything. */
import { CaprockError, type Tenant } from "@caprock/domain";
import type { LedgerEntry } from "@caprock/metering";
import { systemTimer } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { runTurn } from "./run-turn.ts";
import { type OpenLongTerm, openLongTerm } from "./testing/open-long-term.ts";
import { type OpenTurn, openTurn, startMs } from "./testing/open-turn.ts";
import type { TurnAnswer, TurnParts } from "./turn-request.ts";

let open: OpenTurn;
let longTerm: OpenLongTerm;
let parts: TurnParts;
let sessions = 0;
beforeAll(async () => {
  open = await openTurn();
  longTerm = await openLongTerm(open);
  parts = { ...open.parts, longTerm };
});
beforeEach(() => open.awsLocal.clearFaults());
afterAll(async () => {
  longTerm.close();
  await open.close();
});

const retrievalNanoUsd = 500_000n;
const cheapModel = "us.amazon.nova-micro-v1:0";

function tenantWithMemory(limits: Partial<Tenant["limits"]> = {}): Tenant {
  return { ...open.newTenant(limits), contextPolicy: { memory: true } };
}

/** Asks in a session of its own, of a model whose call is cheaper than a retrieval. */
function ask(tenant: Tenant, text = "What is my dog called?") {
  return runTurn(
    open.request(tenant, {
      modelId: cheapModel,
      session: { sessionId: `s-${++sessions}`, actorId: "ann" },
      body: { messages: [{ role: "user", content: [{ text }] }], inferenceConfig: { maxTokens: 20 } },
    }),
    parts,
  );
}

async function entries(tenant: Tenant): Promise<LedgerEntry[]> {
  const all: LedgerEntry[] = [];
  for await (const entry of open.ledger.list(tenant.id, { startMs, endMs: startMs + 3_600_000 })) {
    all.push(entry);
  }
  return all;
}

const recalls = async (tenant: Tenant) =>
  (await entries(tenant)).filter(({ wire }) => wire === "caprock.recall");
const retrievals = ({ id }: Tenant) => open.awsLocal.witness({ tenant: id }).memory.retrievals;

test("a recall has a receipt of its own, and counts as no request", async () => {
  const tenant = tenantWithMemory();
  const answer = (await ask(tenant)) as TurnAnswer;
  expect(answer.recalled).toMatchObject({ failed: [], late: [], overLimit: [] });
  expect(await entries(tenant)).toHaveLength(2);
  const [recall] = await recalls(tenant);
  expect(recall).toMatchObject({
    apiKeyId: "k000000000001",
    application: "default",
    aside: true,
    unitLines: [{ unit: "memoryRetrieval", count: 1, rateNanoUsd: retrievalNanoUsd }],
    costNanoUsd: retrievalNanoUsd,
  });
  const { requests, money } = await open.accounts(tenant);
  expect(requests).toEqual([999n, 1n, 0n]);
  const cost = (await entries(tenant)).reduce((sum, { costNanoUsd }) => sum + costNanoUsd, 0n);
  expect(money?.slice(1)).toEqual([cost, 0n]);
  expect(retrievals(tenant)).toBe(1);
});

test("an actor without a session recalls what its sessions told, and what is said then is kept nowhere", async () => {
  const tenant = tenantWithMemory();
  const told = { sessionId: "told", actorId: "cleo" };
  await runTurn(open.request(tenant, { text: "My dog is called Rex.", session: told }), parts);
  const asked = { text: "What is my dog called?" };
  const answer = (await runTurn(open.request(tenant, { ...asked, actorId: "cleo" }), parts)) as TurnAnswer;
  expect(answer.recalled?.notes).toMatchObject([{ text: expect.stringContaining("Rex") }]);
  expect(JSON.stringify(open.calls.at(-1)?.body)).toContain("Rex");
  expect(answer.session).toBeUndefined();
  expect(await open.parts.sessions.newestTurns(tenant.id, "cleo", 5)).toHaveLength(1);
  for (const nobody of [{}, { actorId: "default" }]) {
    const other = (await runTurn(open.request(tenant, { ...asked, ...nobody }), parts)) as TurnAnswer;
    expect(other.recalled).toBeUndefined();
  }
  const off = { ...asked, actorId: "cleo", contextPolicy: { memory: false } };
  expect(((await runTurn(open.request(tenant, off), parts)) as TurnAnswer).recalled).toBeUndefined();
  expect(retrievals(tenant)).toBe(1 + 1);
  expect(await runTurn(open.request(tenant, { actorId: "no name" }), parts)).toMatchObject({
    refused: { code: "invalid_request", param: "actor" },
  });
});

test("what an actor prefers stands behind the system prompt, the same whatever is asked", async () => {
  const tenant = tenantWithMemory();
  for (const [index, text] of [
    "I prefer short answers.",
    "I prefer tea.",
    "My dog is called Rex.",
  ].entries()) {
    await longTerm.memory.ingest(tenant.id, "dan", {
      sessionId: "told",
      token: `${tenant.id} ${index}`,
      atMs: startMs + index,
      firstSequence: index + 1,
      lastSequence: index + 1,
      parts: [{ role: "user", text }],
    });
  }
  const session = { sessionId: "chat", actorId: "dan" };
  const body = { system: [{ text: "You help." }] };
  const prompts: Record<string, unknown>[] = [];
  for (const text of ["What is my dog called?", "Where shall we eat?", "Which tea?"]) {
    const answer = (await runTurn(open.request(tenant, { text, session, body }), parts)) as TurnAnswer;
    expect(answer.context?.tokens.preferences).toBeGreaterThan(0);
    prompts.push(open.calls.at(-1)?.body as Record<string, unknown>);
  }
  const [first, second, third] = prompts.map(({ system, messages }) => ({
    system: JSON.stringify(system),
    messages: (messages as object[]).map((message) => JSON.stringify(message)),
  }));
  expect(first?.system).toMatch(/You help\..*I prefer short answers\..*I prefer tea\./s);
  expect(first?.messages.join()).toContain("fact: My dog");
  expect(first?.messages.join()).not.toContain("preference: ");
  // What a prompt cache holds of one turn is the beginning of the next: all but the question, and what was recalled for it.
  expect(second?.system).toBe(first?.system);
  expect(third?.system).toBe(first?.system);
  expect(third?.messages.slice(0, 2)).toEqual(second?.messages.slice(0, 2));
});

test("a summary is made without anything that is remembered, also of who signed in", async () => {
  const contextPolicy = { memory: true, strategy: "summarise", windowTokens: 2_000 } as const;
  const tenant = { ...open.newTenant(), contextPolicy };
  const { caller } = open.request(tenant);
  const isSummary = (body: unknown) => JSON.stringify(body).includes('"caprock.summary"');
  const before = open.calls.length;
  let turns = 0;
  for (; turns < 15 && !open.calls.slice(before).some(({ body }) => isSummary(body)); turns += 1) {
    const text = `Turn ${turns}: ${"the kettle hums and the lamp is off. ".repeat(12)}`;
    const session = { sessionId: "long" };
    await runTurn(open.request(tenant, { text, session, caller: { ...caller, user: "eve" } }), parts);
    await open.idle();
  }
  expect(turns).toBeLessThan(15);
  expect(retrievals(tenant)).toBe(turns);
});

test("a tenant that cannot pay for a recall is answered without, and told so", async () => {
  const tenant = tenantWithMemory({ monthlyCapNanoUsd: retrievalNanoUsd - 1n });
  const answer = (await ask(tenant)) as TurnAnswer;
  expect(answer.answer).toBeDefined();
  expect(answer.recalled).toMatchObject({ overLimit: ["preferences", "records"], failed: [], late: [] });
  expect(retrievals(tenant)).toBe(0);
  expect(await recalls(tenant)).toEqual([]);
});

test("a caller that is over its rate, or its calls at once, costs no recall", async () => {
  const tenant = tenantWithMemory({ requestsPerMinute: 1 });
  expect(await ask(tenant)).not.toHaveProperty("refused");
  expect(await ask(tenant)).toMatchObject({ refused: { code: "rate_limited" } });
  expect(retrievals(tenant)).toBe(1);
  const alone = tenantWithMemory({
    rules: [{ id: "one", scope: "tenant", unit: "concurrency", amount: 1n }],
  });
  expect(((await ask(alone)) as TurnAnswer).recalled).toMatchObject({ overLimit: [] });
});

test("a search that AgentCore refuses is not charged, and one that nobody answered is", async () => {
  const tenant = tenantWithMemory();
  open.awsLocal.addFault({ service: "agentcore", operation: "RetrieveMemoryRecords", kind: "throttle" });
  expect(((await ask(tenant)) as TurnAnswer).recalled?.failed).toEqual(["records"]);
  expect(await recalls(tenant)).toEqual([]);
  open.awsLocal.addFault({ service: "agentcore", operation: "RetrieveMemoryRecords", kind: "lostAnswer" });
  expect(((await ask(tenant)) as TurnAnswer).recalled?.failed).toEqual(["records"]);
  expect(await recalls(tenant)).toMatchObject([{ status: "aborted", costNanoUsd: retrievalNanoUsd }]);
  expect(retrievals(tenant)).toBe(1);
  expect(longTerm.failures.at(-1)).toBeInstanceOf(CaprockError);
});

test("a search that is too slow is charged, and its turn does not wait for it", async () => {
  const tenant = tenantWithMemory();
  open.awsLocal.addFault({
    service: "agentcore",
    operation: "RetrieveMemoryRecords",
    kind: "delay",
    delayMs: 60_000,
  });
  const hasty: TurnParts = { ...parts, longTerm: { ...longTerm, timer: systemTimer, recallDeadlineMs: 300 } };
  const request = open.request(tenant, { session: { sessionId: "slow", actorId: "ann" } });
  const answer = (await runTurn(request, hasty)) as TurnAnswer;
  expect(answer.recalled?.late).toContain("records");
  await open.idle();
  expect(await recalls(tenant)).toMatchObject([{ status: "aborted" }]);
  await expect.poll(() => retrievals(tenant)).toBe(1);
  expect((await open.accounts(tenant)).money?.[2]).toBe(0n);
});
