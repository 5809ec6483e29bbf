/** Whatever is sent to whatever route: an error of the caller's wire with a stable code, and nothing told or logged that must not be. */

import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";
import {
  chat,
  chatPath,
  converse,
  conversePath,
  inference,
  model,
  randomCalls,
  streamPath,
} from "./bodies.ts";

let platform: Platform;
let tenant: TestTenant;
let suspended: TestTenant;
let revoked: TestTenant;
/** Every secret that was ever sent. */
const secrets = new Set<string>();

beforeAll(async () => {
  platform = await startPlatform();
  const { admin } = platform;
  tenant = await platform.createTenant();
  suspended = await platform.createTenant();
  await admin.updateTenant({ params: { tenantId: suspended.id }, body: { status: "suspended" } });
  revoked = await platform.createTenant();
  await admin.revokeApiKey({ params: { tenantId: revoked.id, apiKeyId: revoked.apiKeyId } });
});
afterAll(() => platform?.close());

interface Sent {
  readonly method?: string;
  readonly path: string;
  /** Undefined sends none. */
  readonly key?: string | undefined;
  readonly header?: "authorization" | "x-api-key";
  readonly body?: unknown;
  /** Sent as it is. */
  readonly raw?: string | Uint8Array;
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

async function send({
  method = "POST",
  path,
  key,
  header = "authorization",
  body,
  raw,
}: Sent): Promise<Answer> {
  if (key !== undefined) {
    secrets.add(key);
  }
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${platform.url}${path}`, {
    method,
    headers: key === undefined ? {} : { [header]: header === "authorization" ? `Bearer ${key}` : key },
    ...(content === undefined || method === "GET" ? {} : { body: content }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parse(text) };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** What an error answer must be on the wire of its path, and what no answer may hold. */
function expectTypedError({ status, headers, text, body }: Answer, path: string): string {
  expect(headers.get("content-type")).toContain("application/json");
  expect(headers.get("x-request-id")).toMatch(/^req_/);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
  expect(text).not.toMatch(/\n\s+at |node_modules|\.ts\b|\/apps\/|\/packages\//);
  expect(text.length).toBeLessThan(2_000);
  if (path.startsWith("/model/")) {
    expect(headers.get("x-amzn-errortype")).toMatch(/^\w+Exception$/);
    expect(body).toMatchObject({ message: expect.any(String), code: expect.any(String) });
    return String(body.code);
  }
  const error = body.error as Record<string, unknown>;
  expect(error).toMatchObject({ message: expect.any(String), code: expect.any(String) });
  if (path.startsWith("/v1/messages")) {
    expect(body.type).toBe("error");
    expect(error.type).toEqual(expect.any(String));
  } else if (!path.startsWith("/admin/")) {
    expect(error).toMatchObject({ type: expect.any(String), param: error.param ?? null });
  }
  return String(error.code);
}

test.each(inference)(
  "%s tells missing, malformed, wrong, revoked and suspended keys apart, in either header",
  async (path) => {
    const secret = tenant.apiKey.slice(-40);
    const keys: [string | undefined, string][] = [
      [undefined, "missing_api_key"],
      ["nonsense", "invalid_api_key"],
      [`${tenant.apiKey}x`, "invalid_api_key"],
      [tenant.apiKey.slice(0, -1), "invalid_api_key"],
      [tenant.apiKey.replace(secret, "0".repeat(40)), "invalid_api_key"],
      [suspended.apiKey.replace(suspended.id, tenant.id), "invalid_api_key"],
      [platform.adminToken, "invalid_api_key"],
      [revoked.apiKey, "revoked_api_key"],
      [suspended.apiKey, "tenant_suspended"],
    ];
    for (const header of ["authorization", "x-api-key"] as const) {
      for (const [key, code] of keys) {
        // The body is wrong as well: who is not let in learns nothing of it.
        const answer = await send({ path, key, header, raw: "{" });
        expect([expectTypedError(answer, path), answer.status]).toEqual([
          code,
          path === chatPath ? (code === "tenant_suspended" ? 403 : 401) : 403,
        ]);
      }
    }
  },
);

const huge = 50_000_000;

test.each(inference)("%s names what is wrong with a body", async (path) => {
  const valid: object = path === chatPath ? chat : converse;
  const text = path === chatPath ? "x" : [{ text: "x" }];
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const bodies: [string | Uint8Array, string][] = [
    ["", "invalid_json"],
    ["{", "invalid_json"],
    ["\u0000", "invalid_json"],
    [new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), "invalid_json"],
    ["null", "invalid_request"],
    ["[]", "invalid_request"],
    ["7", "invalid_request"],
    ['"text"', "invalid_request"],
    ["{}", "invalid_request"],
    [JSON.stringify({ ...valid, messages: [] }), "invalid_request"],
    [JSON.stringify({ ...valid, messages: "hello" }), "invalid_request"],
    [JSON.stringify({ ...valid, messages: [null] }), "invalid_request"],
    [JSON.stringify({ ...valid, messages: [{ role: "pilot", content: text }] }), "invalid_request"],
    [deep, "invalid_request"],
    [JSON.stringify({ ...valid, laterMember: "deep" }).replace('"deep"', deep), "invalid_request"],
  ];
  for (const [raw, code] of bodies) {
    const answer = await send({ path, key: tenant.apiKey, raw });
    expect([expectTypedError(answer, path), answer.status, String(raw).slice(0, 40)]).toEqual([
      code,
      400,
      String(raw).slice(0, 40),
    ]);
  }
  const big = await send({
    path,
    key: tenant.apiKey,
    raw: JSON.stringify({ ...valid, user: "x".repeat(huge) }),
  }).catch(
    // A server may answer and close before all is sent; fetch then reports the closing.
    (error: Error) => error,
  );
  if (big instanceof Error) {
    throw big;
  }
  expect([expectTypedError(big, path), big.status]).toEqual(["body_too_large", 413]);
});

test("a body without a length is bounded as it comes", async () => {
  const piece = new Uint8Array(1_000_000).fill(0x20);
  let sent = 0;
  const endless = new ReadableStream({
    pull(controller) {
      sent += 1;
      controller.enqueue(piece);
    },
  });
  const answer = await fetch(`${platform.url}${chatPath}`, {
    method: "POST",
    headers: { authorization: `Bearer ${tenant.apiKey}` },
    body: endless,
    duplex: "half",
  } as RequestInit);
  expect(answer.status).toBe(413);
  expect(sent).toBeLessThan(200);
});

test.each<[string, string, string, object]>([
  ["an unknown model", "model_not_found", chatPath, { ...chat, model: "no.such-model" }],
  [
    "a model of another kind",
    "model_not_found",
    chatPath,
    { ...chat, model: "amazon.titan-embed-text-v2:0" },
  ],
  ["an unknown model", "model_not_found", "/model/no.such-model/converse", converse],
  ["an unknown model", "model_not_found", "/model/%00%ff/converse", converse],
  ["a parameter that is not served", "unsupported_parameter", chatPath, { ...chat, n: 3 }],
  ["a number out of range", "invalid_request", chatPath, { ...chat, temperature: 9 }],
  ["an answer longer than the model's", "invalid_request", chatPath, { ...chat, max_tokens: 1_000_000 }],
  [
    "a remote image",
    "unsupported_parameter",
    chatPath,
    {
      ...chat,
      messages: [
        { role: "user", content: [{ type: "image_url", image_url: { url: "http://127.0.0.1/x.png" } }] },
      ],
    },
  ],
  [
    "Caprock's own metadata",
    "unsupported_parameter",
    conversePath,
    { ...converse, requestMetadata: { caprock_tenant: "t0" } },
  ],
  [
    "a limit that is not held for",
    "unsupported_parameter",
    conversePath,
    { ...converse, additionalModelRequestFields: { max_tokens: 9_000 } },
  ],
  [
    "a content block that Bedrock refuses",
    "upstream_rejected",
    conversePath,
    { messages: [{ role: "user", content: [{ text: "a", image: {} }] }] },
  ],
])("%s is refused as %s on %s", async (_, code, path, body) => {
  const answer = await send({ path, key: tenant.apiKey, body });
  expect(expectTypedError(answer, path)).toBe(code);
});

test("wrong methods and unknown paths are answered in the wire of their path", async () => {
  const cases: [string, string, string, number][] = [
    ["GET", chatPath, "method_not_allowed", 405],
    ["DELETE", conversePath, "method_not_allowed", 400],
    ["PUT", streamPath, "method_not_allowed", 400],
    ["POST", "/v1/models", "method_not_allowed", 405],
    ["POST", "/v1/nothing", "not_found", 404],
    ["GET", "/", "not_found", 404],
    ["POST", `/model/${model}/nothing`, "not_found", 404],
    ["GET", "/v1/models/no-such-model", "model_not_found", 404],
    ["GET", "/../../etc/passwd", "not_found", 404],
    ["GET", `/${"x".repeat(5_000)}`, "not_found", 404],
  ];
  for (const [method, path, code, status] of cases) {
    const answer = await send({
      method,
      path,
      key: tenant.apiKey,
      ...(method === "POST" ? { body: chat } : {}),
    });
    expect([method, path.slice(0, 60), expectTypedError(answer, path), answer.status]).toEqual([
      method,
      path.slice(0, 60),
      code,
      status,
    ]);
  }
});

test("the admin API refuses strangers, tenants, bad ids, bad bodies and unknown members", async () => {
  const key = platform.adminToken;
  const tenants = "/admin/v1/tenants";
  const one = `${tenants}/${tenant.id}`;
  const nobody = `${tenants}/t000000000000`;
  const fine = { name: "x", monthlyCapUsd: "1" };
  const cases: [Sent, string, number][] = [
    [{ method: "GET", path: tenants }, "invalid_admin_token", 401],
    [{ method: "GET", path: tenants, key: "wrong" }, "invalid_admin_token", 401],
    [{ method: "GET", path: tenants, key: tenant.apiKey }, "invalid_admin_token", 401],
    [{ path: tenants, key: "wrong", body: fine }, "invalid_admin_token", 401],
    [{ method: "GET", path: "/admin/v1/nothing" }, "invalid_admin_token", 401],
    [{ method: "GET", path: "/admin/v1/nothing", key }, "not_found", 404],
    [{ method: "GET", path: `${tenants}/x`, key }, "invalid_request", 400],
    [{ method: "GET", path: nobody, key }, "not_found", 404],
    [{ method: "GET", path: `${nobody}/keys`, key }, "not_found", 404],
    [{ method: "GET", path: `${nobody}/ledger`, key }, "not_found", 404],
    [{ path: `${nobody}/keys`, key, body: { name: "x" } }, "not_found", 404],
    [{ method: "DELETE", path: `${one}/keys/k000000000000`, key }, "not_found", 404],
    [{ method: "DELETE", path: `${one}/keys/x`, key }, "invalid_request", 400],
    [{ method: "DELETE", path: `${tenants}/${suspended.id}/keys/${tenant.apiKeyId}`, key }, "not_found", 404],
    [{ path: tenants, key, raw: "{" }, "invalid_json", 400],
    [{ path: tenants, key, raw: "" }, "invalid_json", 400],
    [{ path: tenants, key, raw: `{"name":"${"x".repeat(21_000_000)}"}` }, "body_too_large", 413],
    [{ path: tenants, key, raw: `${"[".repeat(9_000)}${"]".repeat(9_000)}` }, "invalid_request", 400],
    [{ path: tenants, key, body: [] }, "invalid_request", 400],
    [{ path: tenants, key, body: { ...fine, laterMember: 1 } }, "invalid_request", 400],
    [{ path: tenants, key, body: { ...fine, monthlyCapUsd: "-1" } }, "invalid_request", 400],
    [{ path: tenants, key, body: { ...fine, monthlyCapUsd: "1e9" } }, "invalid_request", 400],
    [{ path: tenants, key, body: { ...fine, monthlyCapUsd: 0.1 + 0.2 } }, "invalid_request", 400],
    [{ path: tenants, key, body: { ...fine, name: "" } }, "invalid_request", 400],
    [{ path: tenants, key, body: { ...fine, timeZone: "Mars/Base" } }, "invalid_request", 400],
    [{ path: tenants, key, body: { ...fine, requestsPerMinute: 1.5 } }, "invalid_request", 400],
    [{ method: "PATCH", path: one, key, body: {} }, "invalid_request", 400],
    [{ method: "PATCH", path: one, key, body: { status: "gone" } }, "invalid_request", 400],
    [{ method: "PATCH", path: nobody, key, body: { name: "x" } }, "not_found", 404],
    [{ method: "GET", path: "/admin/v1/usage?month=2026-13", key }, "invalid_request", 400],
    [{ method: "GET", path: `${one}/ledger?limit=0`, key }, "invalid_request", 400],
    [{ method: "GET", path: `${one}/ledger?after=x`, key }, "invalid_request", 400],
  ];
  for (const [sent, code, status] of cases) {
    const answer = await send(sent);
    const what = `${sent.method ?? "POST"} ${sent.path} ${(JSON.stringify(sent.body) ?? String(sent.raw)).slice(0, 60)}`;
    expect([what, expectTypedError(answer, sent.path), answer.status]).toEqual([what, code, status]);
  }
});

test("no body that can be thought of makes any wire fail, and what is answered is in the books", async () => {
  const fuzzed = await platform.createTenant({ capUsd: "1000" });
  await fc.assert(
    fc.asyncProperty(randomCalls, async ({ path, body }) => {
      const answer = await send({ path, key: fuzzed.apiKey, body });
      if (answer.status !== 200) {
        expectTypedError(answer, path);
      }
    }),
    { numRuns: 220 },
  );
  await expectBooksToBalance(platform, fuzzed.id);
});

test("after all of this the log tells no key, no token and no prompt, and knows of no failure", async () => {
  const logs = await platform.logs();
  const tells = (text: string) => logs.includes(text);
  expect(tells('"errorCode":"revoked_api_key"')).toBe(true);
  expect(tells("internal_error")).toBe(false);
  expect(tells("ocelot")).toBe(false);
  for (const secret of [...secrets, tenant.apiKey.slice(-40)].filter((text) => text.length > 12)) {
    expect(tells(secret), `a secret of ${secret.length} characters is in the log`).toBe(false);
  }
});
