import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, SignJWT } from "jose";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenApi, openApi } from "../../testing/open-api.ts";

const timeoutMs = 60_000;
const timeout = { timeout: timeoutMs };
const startMs = Date.parse("2026-11-26T12:00:00Z");
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });

let api: OpenApi;
let provider: Server;
let issuer: string;
const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  api = await openApi(startMs);
  const jwk = { ...(await exportJWK(publicKey)), kid: "1", alg: "RS256", use: "sig" };
  provider = createServer((request, response) => {
    const found =
      request.url === "/.well-known/openid-configuration"
        ? { issuer, jwks_uri: `${issuer}/keys` }
        : { keys: [jwk] };
    response.setHeader("content-type", "application/json").end(JSON.stringify(found));
  });
  provider.listen(0, "127.0.0.1");
  await once(provider, "listening");
  issuer = addressOf(provider);
}, timeoutMs);
afterAll(async () => {
  provider?.close();
  await api?.close();
});

interface Token {
  accessToken: string;
  expiresAt: string;
}

async function json<T>(answer: Response | Promise<Response>): Promise<T> {
  return (await answer).json() as Promise<T>;
}
const newToken = (key: string, body: object = {}) =>
  json<Token>(api.send("POST", "/v1/tokens", { key, body }));
const codeOf = async (answer: Promise<Response>) =>
  (await json<{ error?: { code: string } }>(answer)).error?.code;

test("a token acts as the key that it was exchanged for, until it expires", timeout, async () => {
  api.clock.set(startMs);
  const { tenant, apiKey, stored } = await api.newTenant();
  const { accessToken, expiresAt } = await newToken(apiKey, { expiresInSeconds: 60 });
  expect(expiresAt).toBe("2026-11-26T12:01:00.000Z");
  const ask = () =>
    api.send("POST", "/v1/chat/completions", {
      key: accessToken,
      body: { model: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hello" }] },
    });
  const answer = await ask();
  expect(answer.status).toBe(200);
  const entry = await api.ledger.find(tenant.id, answer.headers.get("x-request-id")!);
  expect(entry).toMatchObject({ apiKeyId: stored.id, application: stored.application });
  api.clock.advance(91_000);
  expect(await codeOf(ask())).toBe("invalid_access_token");
});

test("a token is worth nothing once its key is revoked, and cannot prolong itself", timeout, async () => {
  api.clock.set(startMs);
  const { tenant, apiKey, stored } = await api.newTenant();
  const { accessToken } = await newToken(apiKey);
  expect(await codeOf(api.send("POST", "/v1/tokens", { key: accessToken, body: {} }))).toBe(
    "invalid_api_key",
  );
  expect(await codeOf(api.send("GET", "/v1/models", { key: accessToken }))).toBeUndefined();
  await api.send("DELETE", `/admin/v1/tenants/${tenant.id}/keys/${stored.id}`, { key: api.adminToken });
  expect(await codeOf(api.send("GET", "/v1/models", { key: accessToken }))).toBe("revoked_api_key");
});

test.each([
  [{ expiresInSeconds: 59 }, "invalid_request"],
  [{ expiresInSeconds: 3_601 }, "invalid_request"],
  [{ more: 1 }, "invalid_request"],
  [{ signIn: { tenantId: "t", apiKeyId: "k", idToken: "x" } }, "invalid_id_token"],
])("%j is refused", timeout, async (body, code) => {
  const { apiKey } = await api.newTenant();
  expect(await codeOf(api.send("POST", "/v1/tokens", { key: apiKey, body }))).toBe(code);
});

test.each([
  ["empty", ""],
  ["longer than any store takes", "t".repeat(3_000)],
])("a sign-in for ids that are %s is refused as for any other that are not there", timeout, async (_, id) => {
  const signIn = { tenantId: id, apiKeyId: id, idToken: "x" };
  expect(await codeOf(api.send("POST", "/v1/tokens", { body: { signIn } }))).toBe("invalid_id_token");
});

/** An ID token as a provider makes it. */
const idToken = (
  claims: Record<string, unknown>,
  {
    audience = "ide",
    from = issuer,
    seconds = 600,
  }: { readonly audience?: string | string[]; readonly from?: string; readonly seconds?: number } = {},
) => {
  const token = new SignJWT(claims)
    .setProtectedHeader({ alg: "RS256", kid: "1" })
    .setIssuer(from)
    .setAudience(audience)
    .setSubject("user-1")
    .setIssuedAt(startMs / 1_000);
  const ending = Number.isFinite(seconds) ? token.setExpirationTime(startMs / 1_000 + seconds) : token;
  return ending.sign(privateKey);
};

test(
  "who signs in with the provider that a key names acts as that key, and nobody else does",
  timeout,
  async () => {
    api.clock.set(startMs);
    const { tenant, stored } = await api.newTenant();
    const signIn = async (token: string) =>
      api.send("POST", "/v1/tokens", {
        body: { signIn: { tenantId: tenant.id, apiKeyId: stored.id, idToken: token } },
      });
    const verified = { email: "ada@example.com", email_verified: true };
    const good = await idToken(verified);
    expect(await codeOf(signIn(good))).toBe("invalid_id_token");
    const changed = await api.send("PATCH", `/admin/v1/tenants/${tenant.id}/keys/${stored.id}`, {
      key: api.adminToken,
      body: { signIn: { issuer, audience: "ide", emailDomain: "example.com" } },
    });
    expect(changed.status).toBe(200);
    const { accessToken } = await json<Token>(signIn(good));
    expect(await json(api.send("GET", "/v1/status", { key: accessToken }))).toMatchObject({
      user: "ada@example.com",
      apiKey: { id: stored.id },
    });
    const bad = [
      idToken(verified, { audience: "other" }),
      idToken(verified, { audience: ["ide", "other"] }),
      idToken({ ...verified, azp: "other" }, { audience: ["ide", "other"] }),
      idToken(verified, { from: "http://elsewhere.test" }),
      idToken(verified, { seconds: -60 }),
      idToken(verified, { seconds: Number.POSITIVE_INFINITY }),
      idToken({ ...verified, email_verified: false }),
      idToken({ email: "ada@example.com.evil.test", email_verified: true }),
      idToken({}),
      Promise.resolve(`${good.slice(0, -8)}AAAAAAAA`),
    ];
    for (const token of await Promise.all(bad)) {
      expect(await codeOf(signIn(token))).toBe("invalid_id_token");
    }
    const ended = await api.send("PATCH", `/admin/v1/tenants/${tenant.id}/keys/${stored.id}`, {
      key: api.adminToken,
      body: { signIn: null },
    });
    expect([ended.status, await ended.json()]).toMatchObject([200, { id: stored.id }]);
    expect(await codeOf(signIn(good))).toBe("invalid_id_token");
  },
);

test("who has signed in goes by the address that is verified, and else by the subject", timeout, async () => {
  api.clock.set(startMs);
  const { tenant, stored } = await api.newTenant();
  const path = `/admin/v1/tenants/${tenant.id}/keys/${stored.id}`;
  const body = { signIn: { issuer, audience: "ide" } };
  expect((await api.send("PATCH", path, { key: api.adminToken, body })).status).toBe(200);
  const userOf = async (token: string) => {
    const signIn = { tenantId: tenant.id, apiKeyId: stored.id, idToken: token };
    const { accessToken } = await json<Token>(api.send("POST", "/v1/tokens", { body: { signIn } }));
    return (await json<{ user: string }>(api.send("GET", "/v1/status", { key: accessToken }))).user;
  };
  const email = "ada@example.com";
  expect(await userOf(await idToken({ email, email_verified: true }))).toBe(email);
  expect(await userOf(await idToken({ email, email_verified: "true" }))).toBe(email);
  expect(await userOf(await idToken({ email, email_verified: false }))).toBe("user-1");
  expect(await userOf(await idToken({ email }))).toBe("user-1");
  const ours = { audience: ["ide", "other"] };
  expect(await userOf(await idToken({ azp: "ide" }, ours))).toBe("user-1");
});

test("who signs in for a key that was revoked gets no token, and hears why", timeout, async () => {
  api.clock.set(startMs);
  const { tenant, stored } = await api.newTenant();
  const path = `/admin/v1/tenants/${tenant.id}/keys/${stored.id}`;
  const body = { signIn: { issuer, audience: "ide" } };
  expect((await api.send("PATCH", path, { key: api.adminToken, body })).status).toBe(200);
  await api.send("DELETE", path, { key: api.adminToken });
  const signIn = { tenantId: tenant.id, apiKeyId: stored.id, idToken: await idToken({}) };
  expect(await codeOf(api.send("POST", "/v1/tokens", { body: { signIn } }))).toBe("revoked_api_key");
});

test(
  "a provider whose keys cannot be had is said to be away, and not that the user is wrong",
  timeout,
  async () => {
    api.clock.set(startMs);
    const { tenant, stored } = await api.newTenant();
    const away: Server = createServer((request, response) => {
      const found = { issuer: addressOf(away), jwks_uri: `${addressOf(away)}/keys` };
      response.statusCode = request.url === "/keys" ? 503 : 200;
      response.setHeader("content-type", "application/json").end(JSON.stringify(found));
    });
    away.listen(0, "127.0.0.1");
    await once(away, "listening");
    const signIn = { issuer: addressOf(away), audience: "ide" };
    const path = `/admin/v1/tenants/${tenant.id}/keys/${stored.id}`;
    expect((await api.send("PATCH", path, { key: api.adminToken, body: { signIn } })).status).toBe(200);
    const token = await idToken({}, { from: addressOf(away) });
    const wanted = { tenantId: tenant.id, apiKeyId: stored.id, idToken: token };
    expect(await codeOf(api.send("POST", "/v1/tokens", { body: { signIn: wanted } }))).toBe(
      "upstream_unavailable",
    );
    away.close();
  },
);

test("the status tells what is left, as JSON and as one line", timeout, async () => {
  api.clock.set(startMs);
  const { tenant, apiKey } = await api.newTenant();
  await api.send("POST", "/v1/chat/completions", {
    key: apiKey,
    body: { model: "amazon.nova-lite-v1:0", messages: [{ role: "user", content: "Hello" }] },
  });
  const status = await json<{ limits: { unit: string; limit: string; used: string; remaining: string }[] }>(
    api.send("GET", "/v1/status", { key: apiKey }),
  );
  expect(status).toMatchObject({ tenant: { id: tenant.id } });
  const money = status.limits.find(({ unit }) => unit === "usd")!;
  expect(Number(money.used)).toBeGreaterThan(0);
  expect(Number(money.used) + Number(money.remaining)).toBeCloseTo(Number(money.limit), 8);
  const line = await (await api.send("GET", "/v1/status?format=line", { key: apiKey })).text();
  expect(line).toBe("Acme: $9.99 of $10.00 left until 1 Dec");
  expect((await api.send("GET", "/v1/status")).status).toBe(401);
});
