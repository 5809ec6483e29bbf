/** SIGTERM: calls in flight are answered and settled, nobody new is let in, and the process leaves by itself. */
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { ConverseStreamCommand } from "@aws-sdk/client-bedrock-runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance, until } from "../platform/accounting.ts";
import { bedrockClient, openAiClient, readStream } from "../platform/clients.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";
const content = "[[tokens=150]]";

/** Less than the API itself waits for the first bytes of a connection. */
const idleTimeoutMs = 25_000;

let platform: Platform;

beforeAll(async () => {
  // Nothing below may wait for the drain's end: it would outlast the test.
  platform = await startPlatform({ apis: 2, environment: { CAPROCK_DRAIN_TIMEOUT_MS: "600000" } });
});
afterAll(() => platform?.close());

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}

test(
  "SIGTERM in mid-stream: streams and whole calls end as they should, new connections are refused, the exit is clean",
  async () => {
    const tenant = await platform.createTenant();
    const [, api] = platform.apis as [Platform["apis"][0], Platform["apis"][0]];
    const port = Number(new URL(api.url).port);
    platform.awsLocal.setSpeed({ tokensPerSecond: 100 });

    // Connections with nothing on them must not keep the process: one that never spoke, one kept alive, one of HTTP/2.
    const silent = await connected(port);
    const idle = await connected(port);
    const idleAnswered = new Promise<void>((resolve) => idle.once("data", () => resolve()));
    idle.write("GET /health HTTP/1.1\r\nhost: x\r\n\r\n");
    await idleAnswered;
    const session = connectHttp2(api.url);
    await new Promise<void>((resolve) => session.once("remoteSettings", () => resolve()));
    const closed = [silent, idle, session].map(
      (one) => new Promise<void>((resolve) => one.once("close", () => resolve())),
    );

    const openai = openAiClient(api.url, tenant).withOptions({ maxRetries: 0 });
    const messages = [{ role: "user" as const, content }];
    let received = 0;
    const streamed = openai.chat.completions
      .create({ model, messages, stream: true })
      .then(async (stream) => {
        let finish: string | null | undefined;
        for await (const chunk of stream) {
          received += 1;
          finish = chunk.choices[0]?.finish_reason ?? finish;
        }
        return finish;
      });
    const bedrock = bedrockClient(api.url, tenant);
    const http2Streamed = bedrock
      .send(
        new ConverseStreamCommand({
          modelId: model,
          messages: [{ role: "user", content: [{ text: content }] }],
        }),
      )
      .then(({ stream }) => readStream(stream));
    await until(() => received > 5);
    platform.awsLocal.gate.set(true);
    const whole = openai.chat.completions.create({ model, messages });
    await until(() => platform.awsLocal.gate.waiting === 1);

    api.signal("SIGTERM");
    await until(() =>
      connected(port).then(
        (socket) => {
          socket.destroy();
          return false;
        },
        () => true,
      ),
    );
    platform.awsLocal.gate.set(false);
    expect(await streamed).toBe("stop");
    expect((await http2Streamed).usage?.outputTokens).toBe(150);
    expect((await whole).usage?.completion_tokens).toBe(150);
    expect(await api.ended).toBe(0);
    await Promise.all(closed);
    expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(3);
    expect(await platform.logs()).toContain("stopping; calls in flight may finish");
  },
  idleTimeoutMs,
);

test("calls that outlast the drain are cut when it ends, and the process leaves all the same", async () => {
  const tenant = await platform.createTenant();
  const api = await platform.startApi({ CAPROCK_DRAIN_TIMEOUT_MS: "200" });
  platform.awsLocal.gate.set(true);
  const call = openAiClient(api.url, tenant)
    .withOptions({ maxRetries: 0 })
    .chat.completions.create({ model, messages: [{ role: "user", content }] })
    .catch((error: Error) => error.name);
  await until(() => platform.awsLocal.gate.waiting === 1);
  api.signal("SIGTERM");
  expect(await call).toBe("Error");
  expect(await api.ended).toBe(0);
  await until(() => platform.awsLocal.gate.waiting === 0);
  platform.awsLocal.gate.set(false);
});
