import { formatUsd } from "@caprock/domain";
import { OpenAPIHono } from "@hono/zod-openapi";
import { expect, test } from "vitest";
import {
  addOverrideRoute,
  addPlatformOverrideRoute,
  createApiKeyRoute,
  createTenantRoute,
  endOverrideRoute,
  endPlatformOverrideRoute,
  listApiKeysRoute,
  listAuditRoute,
  listLedgerRoute,
  listLimitsRoute,
  listPlatformAuditRoute,
  listTenantsRoute,
  readPlatformLimitsRoute,
  readTenantRoute,
  replacePlatformLimitsRoute,
  revokeApiKeyRoute,
  rotateApiKeyRoute,
  updateApiKeyRoute,
  updateTenantRoute,
  usageSummaryRoute,
  verifyAuditRoute,
  verifyPlatformAuditRoute,
} from "./index.ts";
import { usd, usdInput } from "./wire-types.ts";

test.each([
  ["50", 50_000_000_000n],
  ["12.50", 12_500_000_000n],
  [" 0.000000001 ", 1n],
  [12.5, 12_500_000_000n],
  [0.1, 100_000_000n],
  [0, 0n],
  ["1000000000", 1_000_000_000_000_000_000n],
] as const)("the amount %j is read exactly", (input, expected) => {
  expect(usdInput.parse(input)).toBe(expected);
});

test.each([
  "",
  "$50",
  "1e3",
  "-1",
  "0.0000000001",
  "1000000000.000000001",
  "NaN",
  1e21,
  1e-7,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  -0.01,
  null,
  true,
  {},
])("%j is no amount, and the answer says what is", (input) => {
  const { success, error } = usdInput.safeParse(input);
  expect(success).toBe(false);
  expect(error?.issues).not.toHaveLength(0);
});

test("an amount the server states is what its formatter writes, negative ones too", () => {
  for (const amount of [0n, 1n, -1n, 1_000_000_000_000_000_000n]) {
    expect(usd.safeParse(formatUsd(amount)).success).toBe(true);
  }
  expect(usd.safeParse("1.5").success).toBe(false);
});

test("every route of the wire is in the OpenAPI document, with its answers and errors", () => {
  const routes = [
    addOverrideRoute,
    addPlatformOverrideRoute,
    endOverrideRoute,
    endPlatformOverrideRoute,
    listAuditRoute,
    listLimitsRoute,
    listPlatformAuditRoute,
    readPlatformLimitsRoute,
    replacePlatformLimitsRoute,
    rotateApiKeyRoute,
    updateApiKeyRoute,
    verifyAuditRoute,
    verifyPlatformAuditRoute,
    createApiKeyRoute,
    createTenantRoute,
    listApiKeysRoute,
    listLedgerRoute,
    listTenantsRoute,
    readTenantRoute,
    revokeApiKeyRoute,
    updateTenantRoute,
    usageSummaryRoute,
  ];
  const app = new OpenAPIHono();
  for (const route of routes) {
    app.openAPIRegistry.registerPath(route);
  }
  const document = app.getOpenAPI31Document({ openapi: "3.1.0", info: { title: "Admin", version: "1" } });
  for (const { path, method, responses } of routes) {
    const operation = document.paths?.[path]?.[method as "get" | "post"];
    expect(operation?.summary, `${method} ${path}`).toBeTruthy();
    expect(Object.keys(operation?.responses ?? {}).sort()).toEqual(Object.keys(responses).sort());
    expect(operation?.responses?.["401"]).toMatchObject({
      content: { "application/json": { schema: { $ref: "#/components/schemas/Problem" } } },
    });
  }
  expect(Object.keys(document.components?.schemas ?? {})).toEqual(
    expect.arrayContaining([
      "Tenant",
      "CreateTenant",
      "ApiKey",
      "LedgerEntry",
      "UsageSummary",
      "LimitRule",
      "NewLimitRule",
      "LimitOverride",
      "LimitStanding",
      "PlatformLimits",
      "AuditEntry",
      "AuditReport",
      "Problem",
      "Usd",
    ]),
  );
  // An amount is read from strings and numbers, but documented as the string that is always exact.
  expect(document.components?.schemas?.CreateTenant).toMatchObject({
    properties: { monthlyCapUsd: { type: "string" } },
    required: expect.arrayContaining(["name", "monthlyCapUsd"]),
  });
});
