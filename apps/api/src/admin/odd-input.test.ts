/** Whatever an admin sends is answered in words: nothing odd makes a failure of the platform. */
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adminBodies, type Json } from "../testing/admin-bodies.ts";
import { oddText, oddValue, wellFormed, withOdd } from "../testing/odd-input.ts";
import { type OpenApi, openApi } from "../testing/open-api.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");

let api: OpenApi;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  api = await openApi(startMs);
  const { tenant, stored } = await api.newTenant("America/Los_Angeles");
  ids = {
    tenantId: tenant.id,
    apiKeyId: stored.id,
    requestId: "req_06h1kde1qmq051mfb0r5im88bo",
    overrideId: "o0123456789abcdef",
  };
}, timeoutMs);
afterAll(() => api?.close());

interface Route {
  readonly method: string;
  readonly path: string;
  /** A body that is accepted. */
  readonly body?: Json;
  readonly query: readonly string[];
}
interface DescribedRoute {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: unknown;
}

/** Every route of the description, so that a new one is tried too. */
async function describedRoutes(): Promise<Route[]> {
  const { paths } = (await (await api.send("GET", "/openapi.json")).json()) as {
    paths: Record<string, Record<string, DescribedRoute>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([name, { parameters = [], requestBody }]) => {
      const method = name.toUpperCase();
      const body = adminBodies[`${method} ${path}`];
      expect([path, method, body !== undefined]).toEqual([path, method, requestBody !== undefined]);
      const query = parameters.filter((one) => one.in === "query").map((one) => one.name);
      return { method, path, query, ...(body === undefined ? {} : { body }) };
    }),
  );
}

const pathOf = (path: string, odd?: string) =>
  path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent((odd && wellFormed(odd)) || ids[name] || "x"));

test("the bodies that are made odd below are served as they are", { timeout: timeoutMs }, async () => {
  for (const [route, body] of Object.entries(adminBodies)) {
    const [method = "", path = ""] = route.split(" ");
    const { status } = await api.send(method, pathOf(path), { key: api.adminToken, body });
    expect([route, status < 300]).toEqual([route, true]);
  }
});

test("whatever stands in a path, a query or a body is served or refused in words", {
  timeout: timeoutMs,
}, async () => {
  const routes = await describedRoutes();
  const request = fc.record({
    route: fc.constantFrom(...routes),
    oddPath: fc.option(oddText, { freq: 4, nil: undefined }),
    query: fc.array(fc.tuple(fc.nat(), oddText), { maxLength: 2 }),
    where: fc.array(fc.nat(20), { maxLength: 3 }),
    odd: fc.option(oddValue, { nil: undefined }),
  });
  await fc.assert(
    fc.asyncProperty(request, async ({ route, oddPath, query, where, odd }) => {
      const path = pathOf(route.path, oddPath);
      const asked = new URLSearchParams(
        query.flatMap(([index, text]) => {
          const name = route.query[index % Math.max(1, route.query.length)];
          return name === undefined ? [] : ([[name, wellFormed(text)]] as [string, string][]);
        }),
      );
      const body = route.body === undefined ? undefined : withOdd(route.body, where, odd);
      const sent = { key: api.adminToken, body };
      const response = await api.send(route.method, `${path}?${asked}`, sent);
      const text = await response.text();
      expect(response.status, text).toBeLessThan(500);
      if (response.status >= 400) {
        expect(JSON.parse(text)).toMatchObject({
          error: { code: expect.any(String), message: expect.stringMatching(/./) },
        });
      }
    }),
    { numRuns: 1_000 },
  );
});
