import { once } from "node:events";
import { connect } from "node:http2";
import { afterEach, expect, test } from "vitest";
import { type Listener, listen } from "./listen.ts";

let listener: Listener | undefined;
afterEach(() => listener?.drain(0));

test("an HTTP/2 session on which nothing is said is closed", async () => {
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    idleSessionMs: 20,
    fetch: () => new Response("here"),
  });
  const session = connect(`http://127.0.0.1:${listener.port}`);
  const closed = once(session, "close");
  const call = session.request({ ":path": "/" });
  call.resume();
  expect((await once(call, "response"))[0]).toMatchObject({ ":status": 200 });
  await closed;
});

test("a call that runs for longer than a session may be idle is answered, and the session closed after it", async () => {
  const idleSessionMs = 20;
  listener = await listen({
    host: "127.0.0.1",
    port: 0,
    idleSessionMs,
    fetch: () =>
      new Promise((resolve) => setTimeout(() => resolve(new Response("late, but here")), 4 * idleSessionMs)),
  });
  const session = connect(`http://127.0.0.1:${listener.port}`);
  const said: string[] = [];
  session.once("goaway", () => said.push("goaway"));
  const closed = once(session, "close");
  const call = session.request({ ":path": "/" });
  call.setEncoding("utf8");
  call.on("data", (text: string) => said.push(text));
  await closed;
  expect(said).toEqual(["late, but here", "goaway"]);
});

test("a session may have a thousand calls at once, and is told so", async () => {
  listener = await listen({ host: "127.0.0.1", port: 0, fetch: () => new Response("here") });
  const session = connect(`http://127.0.0.1:${listener.port}`);
  const [settings] = await once(session, "remoteSettings");
  expect(settings.maxConcurrentStreams).toBe(1_000);
  session.destroy();
});
