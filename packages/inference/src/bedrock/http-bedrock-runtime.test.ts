import { createHash, createHmac } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualClock } from "@caprock/domain";
import { afterEach, expect, test } from "vitest";
import type { JsonObject } from "../bedrock-runtime.ts";
import { HttpBedrockRuntime } from "./http-bedrock-runtime.ts";

const timeoutMs = 30_000;
const signal = new AbortController().signal;
const now = Date.parse("2026-11-22T18:25:00Z");
const secretAccessKey = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((close) => close()));
});

async function serverThat(answers: RequestListener): Promise<string> {
  const server: Server = createServer(answers);
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function runtimeAt(endpoint: string, idleTimeoutMs = timeoutMs, fails = false): HttpBedrockRuntime {
  const runtime = new HttpBedrockRuntime({
    endpoint,
    region: "eu-west-1",
    credentials: () =>
      fails
        ? Promise.reject(new Error("planted secret of the provider"))
        : Promise.resolve({ accessKeyId: "AKID", secretAccessKey, sessionToken: "session/token==" }),
    clock: new ManualClock(now),
    idleTimeoutMs,
  });
  open.push(() => runtime.close());
  return runtime;
}

const call = { invokeId: "us.vendor.model-v1:0", body: { messages: [] } as JsonObject, signal };

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();

/** Signature Version 4 by the steps of AWS's description of it, from what the server saw. */
function signatureOf(path: string, body: string, headers: Record<string, string>, signed: string): string {
  const day = "20261122";
  const scope = `${day}/eu-west-1/bedrock/aws4_request`;
  // Every part of the path is encoded once more than it is sent.
  const uri = path.split("/").map(encodeURIComponent).join("/");
  const lines = signed.split(";").map((name) => `${name}:${headers[name]?.trim()}\n`);
  const canonical = ["POST", uri, "", lines.join(""), signed, sha256(body)].join("\n");
  const key = [day, "eu-west-1", "bedrock", "aws4_request"].reduce<string | Buffer>(
    hmac,
    `AWS4${secretAccessKey}`,
  );
  return hmac(key, ["AWS4-HMAC-SHA256", "20261122T182500Z", scope, sha256(canonical)].join("\n")).toString(
    "hex",
  );
}

test("a request is signed as Signature Version 4 wants it, body, host and session token included", {
  timeout: timeoutMs,
}, async () => {
  let seen: { path: string; body: string; headers: Record<string, string> } | undefined;
  const url = await serverThat(async (request, response) => {
    let body = "";
    for await (const chunk of request) {
      body += chunk;
    }
    seen = { path: request.url ?? "", body, headers: request.headers as Record<string, string> };
    response.end("{}");
  });
  const body = { messages: [{ role: "user", content: [{ text: "Grüße 🎈" }] }] };
  await runtimeAt(url).converse({ ...call, body });
  const { path, body: sent, headers } = seen!;
  expect(path).toBe("/model/us.vendor.model-v1%3A0/converse");
  const [, scope, signedHeaders = "", signature] =
    /^AWS4-HMAC-SHA256 Credential=(\S+), SignedHeaders=(\S+), Signature=(\w+)$/.exec(
      headers.authorization ?? "",
    ) ?? [];
  expect(scope).toBe("AKID/20261122/eu-west-1/bedrock/aws4_request");
  expect(signedHeaders.split(";")).toEqual(
    expect.arrayContaining(["content-type", "host", "x-amz-date", "x-amz-security-token"]),
  );
  expect(signature).toBe(signatureOf(path, sent, headers, signedHeaders));
  expect(signature).not.toBe(signatureOf(path, `${sent} `, headers, signedHeaders));
});

test("what neither the SDK nor Caprock knows goes there and comes back untouched", {
  timeout: timeoutMs,
}, async () => {
  const answer = { output: { future: [1, null, { deep: true }] }, unheardOf: "x", usage: { newClass: 7 } };
  let asked: unknown;
  const url = await serverThat(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    asked = JSON.parse(Buffer.concat(chunks).toString());
    response.end(JSON.stringify(answer));
  });
  const body = {
    messages: [{ role: "user", content: [{ hologram: { bytes: "AA==" } }] }],
    futureMember: { a: [1] },
  };
  expect(await runtimeAt(url).converse({ ...call, body })).toEqual({ body: answer });
  expect(asked).toEqual(body);
});

test.each([
  ["its header", { "x-amzn-errortype": "ThrottlingException:http://internal.amazon.com/coral/" }, {}],
  ["its body", {}, { __type: "com.amazon.bedrock#ThrottlingException" }],
  ["its status alone", {}, undefined],
])(
  "a throttle is known by %s, with the wait that it asks for",
  { timeout: timeoutMs },
  async (_, headers, body) => {
    const url = await serverThat((_request, response) => {
      response.writeHead(429, { ...headers, "retry-after": "7" });
      response.end(body ? JSON.stringify({ ...body, Message: "slow down" }) : "<html>busy</html>");
    });
    await expect(runtimeAt(url).converse(call)).rejects.toMatchObject({
      exception: "ThrottlingException",
      mayHaveRun: "never",
      retryAfterSeconds: 7,
      message: body ? "slow down" : "",
    });
  },
);

test.each([
  ["an answer without a name", 502, "<html>Bad gateway</html>", "Http502"],
  ["an answer that is not JSON", 200, "<html>", "UnreadableAnswer"],
])("%s may have run", { timeout: timeoutMs }, async (_, status, text, exception) => {
  const url = await serverThat((_request, response) => {
    response.statusCode = status;
    response.end(text);
  });
  await expect(runtimeAt(url).converse(call)).rejects.toMatchObject({ exception, mayHaveRun: "perhaps" });
});

test("a server that cannot be reached, or credentials that cannot be had, prove that nothing ran", {
  timeout: timeoutMs,
}, async () => {
  const url = await serverThat(() => undefined);
  await Promise.all(open.splice(0).map((close) => close()));
  for (const verb of ["converse", "converseStream"] as const) {
    await expect(runtimeAt(url)[verb](call)).rejects.toMatchObject({
      exception: "ConnectionError",
      mayHaveRun: "never",
    });
    const denied = runtimeAt(url, timeoutMs, true)[verb](call);
    await expect(denied).rejects.toMatchObject({ exception: "AccessDeniedException", mayHaveRun: "never" });
    await expect(denied).rejects.not.toThrow("planted");
  }
});

test("a silence longer than allowed ends a call, before the answer and within it; it may have run", {
  timeout: timeoutMs,
}, async () => {
  const url = await serverThat((request, response) => {
    if (request.url?.endsWith("converse-stream")) {
      response.flushHeaders();
    }
  });
  const impatient = runtimeAt(url, 100);
  const silent = { exception: "TimeoutError", mayHaveRun: "perhaps" };
  const read = async () => {
    for await (const _ of await impatient.converseStream(call)) {
      // Nothing comes.
    }
  };
  await Promise.all([
    expect(impatient.converse(call)).rejects.toMatchObject(silent),
    expect(read()).rejects.toMatchObject(silent),
  ]);
});
