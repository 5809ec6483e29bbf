import { longestTextBytes } from "@caprock/contract";
import { type CallerTicket, ticketOf } from "@caprock/tenancy";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type OpenApi, openApi } from "../testing/open-api.ts";
import { openSockets } from "../testing/open-sockets.ts";
import type { SocketConnection } from "./connection.ts";
import { handleMessage } from "./handle-message.ts";
import { mostTurnsAtOnce } from "./socket-bounds.ts";
import type { SocketParts } from "./socket-parts.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };
const startMs = Date.parse("2026-11-26T12:00:00Z");

let api: OpenApi;
let sockets: Awaited<ReturnType<typeof openSockets>>;
let parts: SocketParts;
let ticket: CallerTicket;
/** Lets whoever waits go on. */
let goOn: () => void;
let waiting: Promise<void>;

beforeAll(async () => {
  api = await openApi(startMs);
  sockets = await openSockets(api, () => waiting);
  parts = sockets.parts;
  const { apiKey } = await api.newTenant();
  ticket = (await ticketOf(apiKey, parts.authentication))!;
}, timeoutMs);
beforeEach(() => {
  waiting = new Promise((resolve) => {
    goOn = resolve;
  });
});
afterAll(async () => {
  sockets?.close();
  await api?.close();
});

/** Keeps what is sent on it. */
class Connection implements SocketConnection {
  readonly id = "connection";
  readonly ticket: CallerTicket;
  turnsTold = 0;
  readonly sent: { type: string; error?: { code: string } }[] = [];

  constructor(of = ticket) {
    this.ticket = of;
  }

  async send(text: string): Promise<boolean> {
    this.sent.push(JSON.parse(text));
    return true;
  }
}

const say = (connection: Connection, message: object) =>
  handleMessage(JSON.stringify(message), connection, parts);

test(
  "a connection is told so many turns at once, and a further one when one of them has ended",
  timeout,
  async () => {
    const { tenantId } = ticket;
    const turn = { tenantId, name: "long", requestId: "req_long", bodySha256: "a" };
    await parts.live.store.begin({ ...turn, leaseUntilMs: startMs + 60_000 });
    const connection = new Connection();
    const resume = () => say(connection, { type: "turn.resume", id: "long", cursor: 0 });
    const followed = Array.from({ length: mostTurnsAtOnce }, resume);
    await resume();
    expect(connection.sent).toMatchObject([{ type: "turn.failed", error: { code: "too_many_turns" } }]);
    await parts.live.store.end(tenantId, "long", { how: "completed" }, 0);
    goOn();
    await Promise.all(followed);
    await resume();
    expect(connection.sent.slice(1).map(({ type }) => type)).toEqual(
      Array(mostTurnsAtOnce + 1).fill("turn.ended"),
    );
  },
);

test("parts that make a message longer than a body may be are refused", timeout, async () => {
  const connection = new Connection();
  const part = { type: "part", message: "m", count: 40, text: "x".repeat(longestTextBytes) };
  for (let index = 0; index < 40; index += 1) {
    await say(connection, { ...part, index });
  }
  expect(connection.sent).toMatchObject([{ type: "error", error: { code: "body_too_large" } }]);
});

test("a part that is longer than a part may be is refused", timeout, async () => {
  const connection = new Connection();
  const text = "x".repeat(longestTextBytes + 1);
  await say(connection, { type: "part", message: "n", index: 0, count: 2, text });
  expect(connection.sent).toMatchObject([{ type: "error", message: "n", error: { code: "body_too_large" } }]);
});

test("nothing is kept of a message whose sender is not let in any more", timeout, async () => {
  const connection = new Connection({ ...ticket, secretTag: "earlier" });
  await say(connection, { type: "part", message: "o", index: 0, count: 2, text: "[" });
  expect(connection.sent).toMatchObject([{ type: "error", error: { code: "revoked_api_key" } }]);
});

test("a cursor that no turn reaches is refused by name", timeout, async () => {
  const connection = new Connection();
  await say(connection, { type: "turn.resume", id: "long", cursor: Number.MAX_SAFE_INTEGER });
  expect(connection.sent).toMatchObject([
    { type: "turn.failed", error: { code: "invalid_request", param: "cursor" } },
  ]);
});

test("a turn of who signed in is not there for anybody else of the tenant", timeout, async () => {
  const [ada, bob] = ["ada", "bob"].map((user) => new Connection({ ...ticket, user }));
  const start = { type: "turn.start", id: "mine", model: "amazon.nova-lite-v1:0" };
  const ask = (text: string) => ({ ...start, body: { messages: [{ role: "user", content: [{ text }] }] } });
  goOn();
  await say(ada!, ask("One"));
  expect(ada?.sent.at(-1)).toMatchObject({ type: "turn.ended", id: "mine" });
  await say(bob!, { type: "turn.resume", id: "mine", cursor: 0 });
  await say(bob!, { type: "turn.cancel", id: "mine" });
  expect(bob?.sent.map(({ error }) => error?.code)).toEqual(["not_found", "not_found"]);
  await say(bob!, ask("Two"));
  expect(bob?.sent.at(-1)).toMatchObject({ type: "turn.ended", id: "mine" });
});

test("a turn that fails unexpectedly is told by its name, so that nobody waits for it", timeout, async () => {
  const connection = new Connection();
  api.awsLocal.addFault({ service: "dynamodb", kind: "error", operation: "PutItem", count: 10 });
  await say(connection, {
    type: "turn.start",
    id: "unlucky",
    model: "amazon.nova-lite-v1:0",
    body: { messages: [{ role: "user", content: [{ text: "Hello" }] }] },
  });
  api.awsLocal.clearFaults();
  expect(connection.sent).toMatchObject([
    { type: "turn.failed", id: "unlucky", error: { code: "upstream_unavailable" } },
  ]);
});

test(
  "a turn is fitted by its own policy, its report comes first, and a policy that is none is refused by name",
  timeout,
  async () => {
    const connection = new Connection();
    const body = { messages: [{ role: "user", content: [{ text: "Hello" }] }] };
    const start = { type: "turn.start", model: "us.amazon.nova-lite-v1:0", body };
    await say(connection, { ...start, id: "fitted", context: { windowTokens: 2_000 }, report: "context" });
    const [, first] = connection.sent;
    expect(first).toMatchObject({
      type: "turn.events",
      cursor: 1,
      events: [{ contextReport: { tokens: { reservedOutput: 500 }, droppedMessages: 0, changes: [] } }],
    });
    await say(connection, { ...start, id: "odd", context: { strategy: "oldest" } });
    expect(connection.sent.at(-1)).toMatchObject({
      type: "turn.failed",
      error: { code: "invalid_request", param: "context.strategy" },
    });
    await say(connection, { ...start, id: "odd", context: { summariserModel: "no.such-model" } });
    expect(connection.sent.at(-1)).toMatchObject({
      type: "turn.failed",
      error: { code: "invalid_request", param: "context.summariserModel" },
    });
  },
);

test("a session's call is answered, and given up, without naming its tools again", timeout, async () => {
  const connection = new Connection();
  const started = (id: string, content: object[], toolConfig?: object) =>
    say(connection, {
      type: "turn.start",
      id,
      model: "us.amazon.nova-lite-v1:0",
      session: "tools",
      body: { messages: [{ role: "user", content }], ...(toolConfig && { toolConfig }) },
    });
  const toolSpec = { name: "weather", inputSchema: { json: { type: "object" } } };
  await started("call", [{ text: "use weather" }], { tools: [{ toolSpec }] });
  const [, toolUseId] = /"toolUseId":"(\w+)"/.exec(JSON.stringify(connection.sent)) ?? [];
  await started("answer", [{ toolResult: { toolUseId, content: [{ text: "Rain." }] } }]);
  await started("more", [{ text: "And now?" }]);
  expect(connection.sent.filter(({ type }) => type === "turn.failed")).toEqual([]);
  expect(connection.sent.filter(({ type }) => type === "turn.ended")).toHaveLength(3);
});
