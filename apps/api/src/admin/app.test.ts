import { afterAll, beforeAll, expect, test } from "vitest";
import { type OpenApi, openApi } from "../testing/open-api.ts";

const timeoutMs = 60_000;
let api: OpenApi;

beforeAll(async () => {
  api = await openApi(Date.parse("2026-11-22T12:00:00Z"));
}, timeoutMs);
afterAll(() => api?.close());

const tenant = "/admin/v1/tenants/t000000000000";

test.each([
  ["PUT", "/admin/v1/tenants", "GET, POST"],
  ["DELETE", "/admin/v1/tenants", "GET, POST"],
  ["OPTIONS", "/admin/v1/tenants", "GET, POST"],
  ["POST", tenant, "GET, PATCH"],
  ["PATCH", `${tenant}/keys`, "GET, POST"],
  ["GET", `${tenant}/keys/k000000000000`, "PATCH, DELETE"],
  ["GET", `${tenant}/keys/k000000000000/rotate`, "POST"],
  ["POST", `${tenant}/limits`, "GET"],
  ["GET", `${tenant}/overrides`, "POST"],
  ["GET", `${tenant}/overrides/x`, "DELETE"],
  ["POST", `${tenant}/audit`, "GET"],
  ["PATCH", "/admin/v1/platform/limits", "GET, PUT"],
  ["POST", `${tenant}/ledger`, "GET"],
  ["POST", `${tenant}/holds`, "GET"],
  ["PUT", `${tenant}/holds/x`, "DELETE"],
  ["POST", "/admin/v1/usage", "GET"],
])("%s %s is answered with the methods that are served there", async (method, path, allow) => {
  for (const body of method === "GET" ? [undefined] : [undefined, { name: "x" }]) {
    const response = await api.send(method, path, { key: api.adminToken, body });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await response.json()).toMatchObject({ error: { code: "method_not_allowed" } });
  }
});

test.each(["/admin/v1", "/admin/v1/nothing", `${tenant}/nothing`, "/admin/v1/tenants/", "/admin/v2/tenants"])(
  "%s is not there, whatever is sent",
  async (path) => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const body of method === "GET" ? [undefined] : [undefined, { name: "x" }]) {
        const response = await api.send(method, path, { key: api.adminToken, body });
        expect([method, response.status]).toEqual([method, 404]);
        expect(await response.json()).toMatchObject({ error: { code: "not_found" } });
      }
    }
  },
);

test("strangers learn neither routes nor methods", async () => {
  for (const [method, path] of [
    ["GET", "/admin/v1/nothing"],
    ["PUT", "/admin/v1/tenants"],
    ["OPTIONS", "/admin/v1/tenants"],
  ] as const) {
    expect((await api.send(method, path)).status).toBe(401);
    expect((await api.send(method, path, { key: "wrong" })).status).toBe(401);
  }
});

test("HEAD is answered as GET, without the body", async () => {
  const response = await api.send("HEAD", "/admin/v1/tenants", { key: api.adminToken });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe("");
});

test("the description lists every route, with a body where one is read", async () => {
  const response = await api.send("GET", "/openapi.json");
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, object>> };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, route]) => `${method} ${path}${"requestBody" in route ? " +body" : ""}`,
    ),
  );
  expect(routes).toEqual(
    expect.arrayContaining([
      "post /admin/v1/tenants +body",
      "patch /admin/v1/tenants/{tenantId} +body",
      "delete /admin/v1/tenants/{tenantId}/holds/{requestId}",
      "put /admin/v1/platform/limits +body",
      "get /admin/v1/tenants/{tenantId}/audit/verify",
      "get /admin/v1/usage",
    ]),
  );
});
