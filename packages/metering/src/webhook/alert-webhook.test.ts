import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ManualClock, type Random } from "@caprock/domain";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { raisedAlert } from "../alerts/alert.ts";
import { DeliveryError } from "../alerts/alert-channel.ts";
import { AlertWebhook, type AlertWebhookOptions } from "./alert-webhook.ts";
import { isPublicAddress } from "./public-address.ts";

const timeoutMs = 30_000;
const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
const random: Random = { bytes: (count) => new Uint8Array(count).fill(255) };

interface Received {
  readonly headers: Record<string, string>;
  readonly body: string;
}

let received: Received[] = [];
let waits: number[] = [];
/** The status of each answer in turn; "hang" gives none. 200 when there is no more. */
let answers: (number | "hang" | "cut")[] = [];
let url: string;

const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  received.push({
    headers: request.headers as Record<string, string>,
    body: Buffer.concat(chunks).toString(),
  });
  const answer = answers.shift() ?? 200;
  if (answer === "cut") {
    response.destroy();
  } else if (answer !== "hang") {
    response.writeHead(answer, answer === 302 ? { location: `${url}/elsewhere` } : {});
    response.end("thanks");
  }
});

beforeAll(async () => {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  received = [];
  waits = [];
  answers = [];
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const alert = raisedAlert(
  {
    owner: "platform",
    rule: "forecast",
    window: "2026-11",
    level: "1",
    summary: "Too much – soon.",
    facts: {},
  },
  clock.now() - 1_000,
);

function webhook(options: Partial<AlertWebhookOptions> = {}): AlertWebhook {
  const wait = async (durationMs: number) => void waits.push(durationMs);
  return new AlertWebhook({
    url,
    secret,
    privateAllowed: true,
    timeoutMs: 10_000,
    clock,
    random,
    wait,
    ...options,
  });
}

/** Verifies as a receiver does, but at the test's time. */
function verify({ headers, body }: Received, withSecret = secret): boolean {
  const signer = new Webhook(withSecret);
  const timestamp = new Date(Number(headers["webhook-timestamp"]) * 1_000);
  return headers["webhook-signature"] === signer.sign(headers["webhook-id"] ?? "", timestamp, body);
}

test("the body arrives signed by Standard Webhooks over its id, the time and every byte", {
  timeout: timeoutMs,
}, async () => {
  await webhook().send(alert);
  const [one] = received;
  expect(one?.headers).toMatchObject({
    "content-type": "application/json",
    "webhook-id": alert.id,
    "webhook-timestamp": String(clock.now() / 1_000),
    "webhook-signature": expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/),
  });
  expect(JSON.parse(one!.body)).toMatchObject({ type: "caprock.alert.forecast", data: { id: alert.id } });
  expect(verify(one!)).toBe(true);
  expect(verify({ ...one!, body: `${one!.body} ` })).toBe(false);
  expect(verify(one!, `whsec_${Buffer.alloc(24, 8).toString("base64")}`)).toBe(false);
});

test("what may be over in a moment is tried five times, under one id, with growing waits", {
  timeout: timeoutMs,
}, async () => {
  answers = [500, "cut", 429, 503];
  await webhook().send(alert);
  expect(received.map(({ headers }) => headers["webhook-id"])).toEqual(
    Array.from({ length: 5 }, () => alert.id),
  );
  expect(waits).toEqual([249, 499, 999, 1_999]);
  received = [];
  answers = [500, 500, 500, 500, 500, 200];
  await expect(webhook().send(alert)).rejects.toThrow(new DeliveryError("The webhook answered 500."));
  expect(received).toHaveLength(5);
});

test("a redirect is not followed and a refusal is not repeated", { timeout: timeoutMs }, async () => {
  for (const status of [302, 400, 401, 410]) {
    received = [];
    answers = [status];
    await expect(webhook().send(alert)).rejects.toThrow(new DeliveryError(`The webhook answered ${status}.`));
    expect(received).toHaveLength(1);
  }
});

test("a receiver that does not answer in time has not taken it", { timeout: timeoutMs }, async () => {
  answers = ["hang", "hang", "hang", "hang", "hang"];
  await expect(webhook({ timeoutMs: 50 }).send(alert)).rejects.toThrow(
    new DeliveryError("The webhook did not answer."),
  );
  expect(received).toHaveLength(5);
});

test("unless allowed, only HTTPS is taken, and nothing connects to a private address", {
  timeout: timeoutMs,
}, async () => {
  const { port } = server.address() as AddressInfo;
  expect(() => webhook({ privateAllowed: false })).toThrow(RangeError);
  for (const host of [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "10.0.0.1",
    "169.254.169.254",
    "0.0.0.0",
  ]) {
    const guarded = webhook({ url: `https://${host}:${port}/`, privateAllowed: false });
    await expect(guarded.send(alert), host).rejects.toThrow(new DeliveryError("The address is private."));
  }
  expect(received).toEqual([]);
  expect(waits).toEqual([]);
});

test.each([
  ["93.184.216.34", true],
  ["2606:2800:220:1::1", true],
  ["127.0.0.1", false],
  ["10.1.2.3", false],
  ["172.16.0.1", false],
  ["192.168.1.1", false],
  ["169.254.169.254", false],
  ["100.64.0.1", false],
  ["0.0.0.0", false],
  ["224.0.0.1", false],
  ["255.255.255.255", false],
  ["::", false],
  ["::1", false],
  ["fe80::1", false],
  ["fd00:ec2::254", false],
  ["::ffff:10.0.0.1", false],
  ["64:ff9b::a00:1", false],
  ["2002:7f00:1::", false],
  ["not an address", false],
])("%s is public: %s", (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
