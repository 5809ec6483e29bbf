import { generateKeyPairSync } from "node:crypto";
import { ManualClock } from "@caprock/domain";
import { accessTokens } from "@caprock/tenancy";
import { tokenVerifier } from "@caprock/tenancy/access-token";
import { expect, test } from "vitest";
import { viewerRequestHandler } from "./viewer-request.ts";

const startMs = Date.parse("2026-11-26T12:00:00Z");
const newKeys = () => {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519", {
    privateKeyEncoding: { type: "pkcs8", format: "der" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  return { privateKey: privateKey.toString("base64"), publicKey: publicKey.toString("base64") };
};
const keys = newKeys();
const clock = new ManualClock(startMs);
const handler = viewerRequestHandler({ verify: tokenVerifier(keys.publicKey), clock });

const sign = (privateKey: string, expiresAtMs: number) =>
  accessTokens(privateKey).sign(
    { tenantId: "t000000000001", apiKeyId: "k000000000001", secretTag: "tag", expiresAtMs },
    startMs,
  );

const eventOf = (headers: Record<string, string>, { method = "POST", uri = "/v1/messages" } = {}) => ({
  Records: [
    {
      cf: {
        config: { distributionId: "E1", eventType: "viewer-request" },
        request: {
          clientIp: "192.0.2.1",
          method,
          uri,
          querystring: "beta=true",
          headers: Object.fromEntries(
            Object.entries(headers).map(([key, value]) => [key.toLowerCase(), [{ key, value }]]),
          ),
        },
      },
    },
  ],
});

test("a call with a valid token goes on exactly as it came, whichever header carries it", async () => {
  const token = await sign(keys.privateKey, startMs + 60_000);
  const carriers: Record<string, string>[] = [
    { Authorization: `Bearer ${token}` },
    { "X-Api-Key": token },
    { authorization: `bearer ${token} `, host: "edge.test" },
  ];
  for (const headers of carriers) {
    const event = eventOf(headers);
    expect(await handler(event)).toEqual(event.Records[0]!.cf.request);
  }
});

const cases: [what: string, headers: () => Promise<Record<string, string>>, code: string][] = [
  ["nothing", async () => ({}), "missing_api_key"],
  ["an API key", async () => ({ "x-api-key": "cpk_t_k_s" }), "invalid_access_token"],
  [
    "a token that has expired",
    async () => ({ "x-api-key": await sign(keys.privateKey, startMs - 31_000) }),
    "invalid_access_token",
  ],
  [
    "a token of another deployment",
    async () => ({ "x-api-key": await sign(newKeys().privateKey, startMs + 60_000) }),
    "invalid_access_token",
  ],
  [
    "an unsigned token",
    async () => {
      const [, claims] = (await sign(keys.privateKey, startMs + 60_000)).split(".");
      const head = Buffer.from('{"alg":"none"}').toString("base64url");
      return { authorization: `Bearer ${head}.${claims}.AA` };
    },
    "invalid_access_token",
  ],
];

test.each(cases)(
  "a call with %s never reaches the API, and every SDK reads why",
  async (_, headers, code) => {
    const answer = await handler(eventOf(await headers()));
    expect(answer).toMatchObject({
      status: "401",
      headers: { "x-amzn-errortype": [{ value: "AccessDeniedException" }] },
    });
    const body = JSON.parse((answer as { body: string }).body);
    expect(body).toMatchObject({
      type: "error",
      error: { type: "authentication_error", code },
      message: expect.any(String),
    });
  },
);

test.each([
  ["POST", "/v1/tokens"],
  ["OPTIONS", "/v1/messages"],
  ["GET", "/health"],
])("%s %s needs no token", async (method, uri) => {
  const event = eventOf({}, { method, uri });
  expect(await handler(event)).toEqual(event.Records[0]!.cf.request);
});
