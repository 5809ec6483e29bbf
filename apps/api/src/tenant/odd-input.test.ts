/** Whatever a tenant sends to whichever route is answered in the words of its wire: nothing odd makes a failure of the platform. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Json } from "../testing/admin-bodies.ts";
import { oddText, oddValue, wellFormed, withOdd } from "../testing/odd-input.ts";
import { type OpenApi, openApi } from "../testing/open-api.ts";
import { tenantBodies } from "../testing/tenant-bodies.ts";
import { createTenantApp } from "./app.ts";

const timeoutMs = 60_000;
const model = "us.anthropic.claude-sonnet-4-6";

let api: OpenApi;
let key: string;
beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-26T12:00:00Z"));
  key = (await api.newTenant()).apiKey;
}, timeoutMs);
afterAll(() => api?.close());

/** Refused whatever stands in their bodies. */
const unserved = new Set(["/v1/images/edits", "/v1/images/variations"]);

interface Route {
  readonly method: string;
  readonly path: string;
  /** A body that is accepted. */
  readonly body?: Json;
}

/** Every route that the API has, so that a new one is tried too. */
function everyRoute(): Route[] {
  const routes = createTenantApp(api.parts.tenant).routes.filter(({ method }) => method !== "ALL");
  return routes.map(({ method, path }) => {
    const body = tenantBodies[`${method} ${path}`];
    expect([method, path, body !== undefined]).toEqual([method, path, method === "POST"]);
    return { method, path, ...(body === undefined ? {} : { body }) };
  });
}

/** A model, a session or what else the path names; `odd` stands in its last place if it is given. */
function pathOf({ path }: Route, odd?: string): string {
  const names = path.startsWith("/model/") || path.startsWith("/v1/models/") ? model : "chat";
  let left = path.split("/:").length - 1;
  return path.replace(/:\w+(\{\.\+\})?/g, () => {
    left -= 1;
    return encodeURIComponent(odd !== undefined && left === 0 ? wellFormed(odd) : names);
  });
}

/** Those that change how a request is read. */
const headerNames = [
  "authorization",
  "x-api-key",
  "content-type",
  "content-encoding",
  "accept",
  "idempotency-key",
  "anthropic-version",
  "anthropic-beta",
  "x-amz-date",
  "x-amzn-bedrock-service-tier",
  "x-amzn-bedrock-performanceconfig-latency",
  "x-amzn-bedrock-guardrailidentifier",
  "x-amzn-bedrock-guardrailversion",
  "x-amzn-bedrock-trace",
  "x-caprock-actor",
  "x-caprock-application",
  "x-caprock-context",
  "x-caprock-report",
  "x-caprock-session",
  "traceparent",
] as const;
const queryNames = ["limit", "after", "before", "order", "actor", "include", "stream", "__proto__"] as const;

/** What is no JSON, or JSON that other parsers would read otherwise. */
const rawBody = fc.oneof(
  fc.constantFrom(
    "",
    "{",
    '{"model":',
    "\ufeff{}",
    "nul",
    "NaN",
    '{"a":1e999}',
    '{"model":"\\ud800","messages":[{"role":"user","content":"\\udfff"}],"input":"\\ud800"}',
    `{"model":"${model}","max_tokens":1e999,"messages":[{"role":"user","content":"a"}]}`,
    `{"model":"${model}","max_tokens":${"9".repeat(400)},"messages":[{"role":"user","content":"a"}]}`,
    `{"__proto__":{"model":"${model}"},"constructor":{"prototype":1},"messages":[]}`,
    `{"model":"a","model":"${model}","messages":[{"role":"user","content":"a"}]}`,
    "[".repeat(50_000),
    `{"messages":${"[".repeat(20_000)}${"]".repeat(20_000)}}`,
    `{"model":"${model}","metadata":${'{"a":'.repeat(3_000)}1${"}".repeat(3_000)},"messages":[]}`,
  ),
  fc.uint8Array({ maxLength: 40 }),
);

/** As headers can have it: bytes, none of them a control character. */
function asHeader(text: string): string {
  return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, "?").trim();
}

async function send(
  route: Route,
  path: string,
  body: string | Uint8Array | undefined,
  headers: [string, string][],
) {
  const all = new Headers({
    authorization: `Bearer ${key}`,
    // So that documents are chosen from; a vendor's own body has none.
    ...(route.path.includes("/invoke") ? {} : { "x-caprock-context": '{"documentsShare":0}' }),
  });
  for (const [name, value] of headers) {
    all.set(name, asHeader(value));
  }
  // The requests of one minute are limited.
  api.clock.advance(1_000);
  const request = new Request(`http://api.test${path}`, {
    method: route.method,
    headers: all,
    ...(route.body === undefined || body === undefined ? {} : { body }),
  });
  const response = await api.fetch(request);
  return { status: response.status, text: await response.text() };
}

test("the bodies that are made odd below are served as they are", { timeout: timeoutMs }, async () => {
  const answers = [];
  for (const route of everyRoute().filter(({ body }) => body !== undefined)) {
    const { status, text } = await send(route, pathOf(route), JSON.stringify(route.body), []);
    answers.push([route.path, status < 300 || text]);
  }
  expect(answers.filter(([path, served]) => served !== true && !unserved.has(String(path)))).toEqual([]);
});

test("a name that nobody gave is refused in every path and member, however it is written", {
  timeout: timeoutMs,
}, async () => {
  const names = ["x".repeat(5_000), "req_".padEnd(2_000, "0"), "__proto__", "\u0000", "../..", "\ud800", " "];
  const turn = everyRoute().find(({ path }) => path === "/v1/sessions/:id/fork");
  const response = everyRoute().find(({ path }) => path === "/v1/responses");
  const statuses: (number | string)[][] = [];
  for (const name of names) {
    for (const route of everyRoute().filter(({ path }) => path.includes(":"))) {
      const { status } = await send(route, pathOf(route, name), JSON.stringify(route.body), []);
      statuses.push([route.method, route.path, name.slice(0, 9), status]);
    }
    for (const [route, body] of [
      [turn, { throughTurn: name }],
      [response, { model, input: "Hi", previous_response_id: `resp_${name}` }],
    ] as const) {
      const { status } = await send(route!, pathOf(route!), JSON.stringify(body), []);
      statuses.push([route!.path, name.slice(0, 9), status]);
    }
  }
  expect(statuses.filter((row) => Number(row.at(-1)) >= 500)).toEqual([]);
});

test("whatever stands in a path, a query, a header or a body is served or refused in words", {
  timeout: timeoutMs,
}, async () => {
  const request = fc.record({
    route: fc.constantFrom(...everyRoute()),
    oddPath: fc.option(oddText, { freq: 3, nil: undefined }),
    query: fc.array(fc.tuple(fc.constantFrom(...queryNames), oddText), { maxLength: 2 }),
    headers: fc.oneof(
      fc.constant<[string, string][]>([]),
      fc.array(fc.tuple(fc.constantFrom(...headerNames), oddText), { maxLength: 2 }),
    ),
    raw: fc.option(rawBody, { freq: 3, nil: undefined }),
    where: fc.array(fc.nat(20), { maxLength: 5 }),
    odd: fc.option(oddValue, { nil: undefined }),
  });
  const statuses = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(request, async ({ route, oddPath, query, headers, raw, where, odd }) => {
      const asked = new URLSearchParams(
        query.map(([name, text]) => [name, wellFormed(text)] as [string, string]),
      );
      const path = pathOf(route, oddPath);
      const changed = route.body === undefined ? undefined : withOdd(route.body, where, odd);
      const body = (raw as string | Uint8Array | undefined) ?? JSON.stringify(changed);
      const { status, text } = await send(route, asked.size === 0 ? path : `${path}?${asked}`, body, headers);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      expect(status, text).toBeLessThan(500);
      if (status >= 400) {
        const { error, message } = JSON.parse(text);
        expect(error?.message ?? message).toMatch(/./);
      }
    }),
    { numRuns: 500 },
  );
  expect(statuses.get(200), "some are still served").toBeGreaterThan(40);
  expect(statuses.get(400)).toBeGreaterThan(40);
  expect(api.log.filter(({ level }) => level === "error" || Number(level) >= 50)).toEqual([]);
});
