/** Fills the ledger with a month of made-up traffic, by the same holds and settlements as real calls. */
import { ManualClock, newRequestId, type Tenant } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import { currentPriceBook, reserve, settle, worstCaseCost, writeReceipt } from "@caprock/metering";
import { systemClock, systemRandom } from "@caprock/platform";
import { createTenant, issueApiKey } from "@caprock/tenancy";
import type { Stores } from "../composition.ts";
import { demoTenants } from "./demo-tenants.ts";
import { callsOf, type DemoCall } from "./traffic.ts";

/** Calls of one tenant that are written at once. */
const concurrency = 8;
const catalog = createCatalog(allModels);
const priceBook = currentPriceBook();
const region = "us-east-1";

/** Fills the `days` before now. Does nothing for a tenant that has made-up traffic already. */
export async function fillDemo(stores: Stores, days: number, say: (text: string) => void): Promise<void> {
  const nowMs = systemClock.now();
  const existing = await stores.tenants.list();
  say(`Filling ${days} days of made-up traffic …`);
  const counts = await Promise.all(
    demoTenants.map(async (demo, index) => {
      const tenant =
        existing.find((candidate) => candidate.demo && candidate.name === demo.name) ??
        (await createTenant(
          { ...demo, demo: true },
          { ...stores, clock: systemClock, random: systemRandom },
        ));
      return (await hasTraffic(tenant, stores, nowMs))
        ? 0
        : fillTenant(tenant, callsOf(demo.workloads, nowMs, days, index + 1), stores);
    }),
  );
  const total = counts.reduce((sum, count) => sum + count, 0);
  say(
    total === 0
      ? "The demo traffic is there already; --fresh starts over."
      : `${total} made-up calls are in the ledger.`,
  );
}

async function hasTraffic(tenant: Tenant, { ledger }: Stores, nowMs: number): Promise<boolean> {
  for await (const entry of ledger.list(tenant.id, { startMs: nowMs - 40 * 24 * 3_600_000, endMs: nowMs })) {
    if (entry.simulated) {
      return true;
    }
  }
  return false;
}

/** Returns how many calls the tenant's limits let through; a refused call is part of the picture. */
async function fillTenant(tenant: Tenant, calls: readonly DemoCall[], stores: Stores): Promise<number> {
  const { apiKey } = await issueApiKey(tenant.id, "demo traffic", {
    ...stores,
    clock: systemClock,
    random: systemRandom,
  });
  let next = 0;
  let served = 0;
  const lane = async () => {
    for (let call = calls[next++]; call; call = calls[next++]) {
      // Not `served += await …`: that would read the count before the wait, and lanes would overwrite each other.
      const letThrough = await replay(call, tenant, apiKey.id, stores);
      served += letThrough ? 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return served;
}

async function replay(call: DemoCall, tenant: Tenant, apiKeyId: string, stores: Stores): Promise<boolean> {
  const clock = new ManualClock(call.arrivedAtMs);
  const { invokeId, wire } = call.workload;
  const route = catalog.route(invokeId, region);
  if ("refused" in route) {
    throw new Error(`Demo traffic names a model that the catalog has not: ${route.refused.message}`);
  }
  const price = priceBook.findForRoute(route, "default", call.arrivedAtMs);
  if (!price) {
    throw new Error(`Demo traffic names a model without a price: ${invokeId}.`);
  }
  const { usage } = call;
  const requestId = newRequestId(clock, systemRandom);
  const worstCaseNanoUsd = worstCaseCost(price, {
    inputTokensCeiling: 2 * (usage.input + usage.cacheRead + usage.cacheWrite5m),
    maxOutputTokens: 2 * usage.output,
    cacheWrites: "5m",
  });
  const reservation = await reserve(
    { requestId, tenant, worstCaseNanoUsd },
    { ...stores, clock, holdTtlMs: 60_000 },
  );
  if ("refused" in reservation) {
    return false;
  }
  clock.advance(1_000 + usage.output * 12);
  const entry = writeReceipt({
    requestId,
    tenantId: tenant.id,
    apiKeyId,
    modelId: route.model.id,
    invokedId: invokeId,
    wire,
    status: "completed",
    arrivedAtMs: call.arrivedAtMs,
    settledAtMs: clock.now(),
    usage,
    price,
    serviceTier: "default",
    estimated: false,
    simulated: true,
  });
  await settle(reservation, entry, { ...stores, clock, resolvesLater: false });
  return true;
}
