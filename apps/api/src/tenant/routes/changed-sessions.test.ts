/** Real SDKs against the whole API, over loopback: sessions that go on without the tools, or with another model, than before. */
import Anthropic from "@anthropic-ai/sdk";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Listener, listen } from "../../http/listen.ts";
import { bedrockClient, claude, converseInput, type Place, wires } from "../../testing/ask-in-session.ts";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeout = 60_000;
const nova = "us.amazon.nova-lite-v1:0";
const blind = "us.amazon.nova-micro-v1:0";

let api: OpenApi;
let listener: Listener;
let place: Place;
let sessions = 0;

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-22T12:00:00Z"));
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: api.fetch });
  const { apiKey } = await api.newTenant();
  place = { base: `http://127.0.0.1:${listener.port}`, apiKey };
}, timeout);
afterAll(async () => {
  await listener?.drain(0);
  await api?.close();
});

function inNewSession(): Place {
  sessions += 1;
  return { ...place, session: `s${sessions}` };
}

test.each(wires)(
  "%s: a session that called tools goes on without them, whether its call was answered or not",
  { timeout },
  async (_, ask) => {
    const session = inNewSession();
    const call = () => ask(session, { text: "use weather", tools: true });
    const first = await call();
    await ask(session, { result: first.callId!, tools: true });
    expect((await ask(session, { text: "And now?" })).text).toContain("I read 5 messages.");
    const second = await call();
    expect((await ask(session, { result: second.callId! })).text).toContain("The tool answered: Rain.");
    await call();
    expect((await ask(session, { text: "Never mind." })).text).toContain("I read 13 messages.");
  },
);

test.each(wires)(
  "%s: a session goes on with another model, whatever that one cannot read of it",
  { timeout },
  async (_, ask) => {
    const session = inNewSession();
    await ask(session, { text: "See", image: true });
    const thought = await ask(session, { text: "[[think]] use weather", tools: true });
    const answered = await ask(session, { result: thought.callId!, tools: true, model: nova });
    expect(answered.text).toContain("The tool answered: Rain.");
    expect((await ask(session, { text: "And?", model: blind })).text).toContain("I read 7 messages.");
    await expect(ask(session, { text: "See", image: true, model: blind })).rejects.toMatchObject({
      message: expect.stringContaining("messages[0]"),
    });
    expect((await ask(session, { text: "And?" })).text).toContain("I read 9 messages.");
  },
);

test.each(wires)(
  "%s: a session takes a document with each of its turns, whatever their names",
  { timeout },
  async (_, ask) => {
    const session = inNewSession();
    for (let turn = 0; turn < 7; turn++) {
      const { text } = await ask(session, { text: "Read", pdf: true });
      expect(text).toContain(`I read ${2 * turn + 1} message`);
    }
  },
);

test("a result of no call of the session is refused by the caller's own message", { timeout }, async () => {
  const session = inNewSession();
  for (const [, ask] of wires) {
    await ask(session, { text: "Hello" });
    await expect(ask(session, { result: "tooluse_x", tools: true })).rejects.toMatchObject({
      message: expect.stringContaining("messages[0]"),
    });
  }
});

test("what a body without a session has wrong, Bedrock tells on its own wire and on Anthropic's", {
  timeout,
}, async () => {
  const messages = [
    { role: "user", content: "use weather" },
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "weather", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "b", content: "Rain." }] },
  ];
  const anthropic = new Anthropic({ baseURL: place.base, apiKey: place.apiKey, maxRetries: 0 });
  const asked = anthropic.messages.create({ model: claude, max_tokens: 50, messages } as never);
  await expect(asked).rejects.toMatchObject({
    status: 400,
    error: {
      error: { type: "invalid_request_error", message: expect.stringContaining("toolResult blocks") },
    },
  });
  const toolUse = { toolUse: { toolUseId: "a", name: "weather", input: {} } };
  const [question] = converseInput({ text: "use weather" }).messages;
  const [answer] = converseInput({ result: "a" }).messages;
  const command = new ConverseCommand({
    modelId: claude,
    messages: [question!, { role: "assistant", content: [toolUse] }, answer!],
  });
  await expect(bedrockClient(place).send(command)).rejects.toMatchObject({
    name: "ValidationException",
    message: expect.stringContaining("The toolConfig field must be defined"),
  });
});
