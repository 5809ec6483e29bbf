import { newRequestId, noTokens, type Tenant } from "@caprock/domain";
import { monthlyCap } from "@caprock/metering";
import { systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApi } from "../app.ts";
import { adminBodies } from "../testing/admin-bodies.ts";
import { type OpenApi, openApi } from "../testing/open-api.ts";
import type { AdminParts } from "./admin-parts.ts";

const timeoutMs = 60_000;
const startMs = Date.parse("2026-11-22T12:00:00Z");

let api: OpenApi;
beforeAll(async () => {
  api = await openApi(startMs);
}, timeoutMs);
afterAll(() => api?.close());

/** What asks a store, or AWS, and changes nothing. */
const reads = /^(read|list|find|open|stored|modelsOf|due)/;

/** A store whose methods are noted as they are called, but for those that only read. */
function noting<T extends object>(store: T, called: Set<string>): T {
  return new Proxy(store, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      return typeof member !== "function"
        ? member
        : (...args: unknown[]) => {
            if (!reads.test(String(name))) {
              called.add(String(name));
            }
            return member.apply(target, args);
          };
    },
  });
}

function notingParts(parts: AdminParts, called: Set<string>): AdminParts {
  const noted = <T extends object>(store: T) => noting(store, called);
  return {
    ...parts,
    tenants: noted(parts.tenants),
    apiKeys: noted(parts.apiKeys),
    platformLimits: noted(parts.platformLimits),
    accounts: noted(parts.accounts),
    adjustments: noted(parts.adjustments),
    watch: {
      ...parts.watch,
      alertRules: noted(parts.watch.alertRules),
      reconciliations: noted(parts.watch.reconciliations),
    },
    profiles: { ...parts.profiles, inferenceProfiles: noted(parts.profiles.inferenceProfiles) },
    memory: { ...parts.memory, sessions: noted(parts.memory.sessions) },
  };
}

/** A tenant with something of everything that can be taken away, or priced again. */
async function furnished(): Promise<Readonly<Record<string, string>>> {
  const { tenant, stored } = await api.newTenant();
  const sent = async (path: string, body: unknown) => {
    const response = await api.send("POST", `/admin/v1/${path}`, { key: api.adminToken, body });
    return (await response.json()) as { id: string; inferenceProfiles: { arn: string }[] };
  };
  const override = adminBodies["POST /admin/v1/tenants/{tenantId}/overrides"];
  const { id: overrideId } = await sent(`tenants/${tenant.id}/overrides`, override);
  const { inferenceProfiles } = await sent(`tenants/${tenant.id}/inference-profiles`, {
    model: "us.anthropic.claude-sonnet-5",
  });
  await chargedAtOldPrice(tenant);
  return {
    tenantId: tenant.id,
    apiKeyId: stored.id,
    overrideId,
    requestId: await unresolvedHold(tenant),
    arn: inferenceProfiles[0]?.arn ?? "",
  };
}

async function unresolvedHold(tenant: Tenant): Promise<string> {
  const cap = monthlyCap(tenant, startMs);
  const hold = { requestId: newRequestId(api.clock, systemRandom), amount: 700n, expiresAtMs: startMs };
  await api.accounts.hold(cap, { ...hold, tenantId: tenant.id });
  await api.accounts.keep(cap.accountId, hold, hold);
  return hold.requestId;
}

async function chargedAtOldPrice({ id: tenantId }: Tenant): Promise<void> {
  await api.ledger.record({
    requestId: newRequestId(api.clock, systemRandom),
    tenantId,
    apiKeyId: "k000000000000",
    application: "default",
    modelId: "amazon.nova-lite-v1:0",
    invokedId: "amazon.nova-lite-v1:0",
    wire: "test",
    status: "completed",
    arrivedAtMs: startMs,
    settledAtMs: startMs,
    usage: { ...noTokens, input: 1_000 },
    lines: [],
    unitLines: [],
    listCostNanoUsd: 1n,
    markupBasisPoints: 0,
    costNanoUsd: 1n,
    priceBookVersion: "2026-09-01",
    serviceTier: "default",
    estimated: false,
    assumedClasses: [],
    simulated: false,
  });
}

/** Every route of the description that is not read with, and a body that it accepts. */
async function writingRoutes(): Promise<readonly string[]> {
  const { paths } = (await (await api.send("GET", "/openapi.json")).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  // In their order, and what is taken away last.
  const order = [...Object.keys(adminBodies), ...routes.filter((route) => route.startsWith("DELETE "))];
  return routes
    .filter((route) => !route.startsWith("GET "))
    .sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

test("no admin route changes anything that it could not write into the audit log first", {
  timeout: timeoutMs,
}, async () => {
  const routes = await writingRoutes();
  expect(routes.length).toBeGreaterThan(15);
  let platformOverrideId = "";
  // Its holds are given back by the same function as a tenant's.
  for (const route of routes.filter((one) => one !== "DELETE /admin/v1/platform/holds/{requestId}")) {
    const ids: Readonly<Record<string, string>> = {
      ...(await furnished()),
      ...(route.includes("/platform/") && { overrideId: platformOverrideId }),
    };
    const [method = "", template = ""] = route.split(" ");
    const path = template.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? "x");
    const body = adminBodies[route];
    const query = route.startsWith("DELETE ") ? `?arn=${encodeURIComponent(ids.arn ?? "")}` : "";
    const send = async (told: boolean) => {
      const called = new Set<string>();
      const parts = notingParts(api.parts.admin, called);
      const audit = told ? parts.audit : { ...untold, last: parts.audit.last.bind(parts.audit) };
      const { fetch } = createApi({ ...api.parts, admin: { ...parts, audit } });
      const response = await fetch(
        new Request(`http://api.test${path}${query}`, {
          method,
          headers: { authorization: `Bearer ${api.adminToken}` },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }),
      );
      const { id = "" } = (await response.json()) as { id?: string };
      platformOverrideId = route === "POST /admin/v1/platform/overrides" ? id : platformOverrideId;
      return { status: response.status, called: [...called] };
    };
    expect([route, await send(false)]).toEqual([route, { status: 500, called: [] }]);
    const { status, called } = await send(true);
    expect([route, status < 300, called.length > 0]).toEqual([route, true, true]);
  }
});

const fails = () => Promise.reject(new Error("The audit log cannot be written."));
const untold = { add: fails, head: fails, entries: fails as never, page: fails };
