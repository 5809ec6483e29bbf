/** Fills the ledger with a month of made-up traffic, by the same holds and settlements as real calls. */
import {
  type ApiKey,
  ManualClock,
  newRequestId,
  noPlatformLimits,
  promptTokens,
  type Tenant,
} from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import {
  currentPriceBook,
  HoldAdmission,
  RollingLedgerStore,
  worstCaseCost,
  writeReceipt,
} from "@caprock/metering";
import { systemClock, systemPause, systemRandom } from "@caprock/platform";
import { createTenant, issueApiKey } from "@caprock/tenancy";
import type { Stores } from "../composition.ts";
import { demoTenants } from "./demo-tenants.ts";
import { callsOf, type DemoCall } from "./traffic.ts";

/** Calls of one tenant that are written at once. */
const concurrency = 8;
const catalog = createCatalog(allModels);
const priceBook = currentPriceBook();
const region = "us-east-1";
/** Who the audit log says made the demo tenants. */
const actor = "caprock start --demo";

/** Fills the `days` before now. Does nothing for a tenant that has made-up traffic already. */
export async function fillDemo(stores: Stores, days: number, say: (text: string) => void): Promise<void> {
  const nowMs = systemClock.now();
  const existing = await stores.tenants.list();
  say(`Filling ${days} days of made-up traffic …`);
  const counts = await Promise.all(
    demoTenants.map(async (demo, index) => {
      const known = existing.find((candidate) => candidate.demo && candidate.name === demo.name);
      const tenant =
        known ??
        (await createTenant(
          { ...demo, demo: true },
          { ...stores, clock: systemClock, random: systemRandom, actor },
        ));
      return (await hasTraffic(tenant, stores, nowMs))
        ? 0
        : fillTenant(
            tenant,
            callsOf(demo.workloads, nowMs, days, index + 1),
            // The hours before a tenant was made are never rolled up, so that a new one's traffic needs no telling.
            known ? { ...stores, ledger: new RollingLedgerStore({ ...stores, clock: systemClock }) } : stores,
          );
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
  const { apiKey } = await issueApiKey(
    tenant.id,
    { name: "demo traffic" },
    {
      ...stores,
      clock: systemClock,
      random: systemRandom,
      actor,
    },
  );
  let next = 0;
  let served = 0;
  const lane = async () => {
    for (let call = calls[next++]; call; call = calls[next++]) {
      // Not `served += await …`: that would read the count before the wait, and lanes would overwrite each other.
      const letThrough = await replay(call, tenant, apiKey, stores);
      served += letThrough ? 1 : 0;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return served;
}

async function replay(call: DemoCall, tenant: Tenant, apiKey: ApiKey, stores: Stores): Promise<boolean> {
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
  const admission = new HoldAdmission({
    ...stores,
    clock,
    holdTtlMs: 60_000,
    resolvesLater: false,
    pause: systemPause,
  });
  const reservation = await admission.reserve({
    requestId,
    tenant,
    platform: noPlatformLimits,
    apiKeyId: apiKey.id,
    application: apiKey.application,
    modelId: route.model.id,
    worstCaseNanoUsd,
    worstCaseTokens: 2 * (promptTokens(usage) + usage.output),
  });
  if ("refused" in reservation) {
    return false;
  }
  clock.advance(1_000 + usage.output * 12);
  const entry = writeReceipt(
    {
      requestId,
      tenantId: tenant.id,
      apiKeyId: apiKey.id,
      application: apiKey.application,
      modelId: route.model.id,
      invokedId: invokeId,
      wire,
      status: "completed",
      arrivedAtMs: call.arrivedAtMs,
      settledAtMs: clock.now(),
      usage,
      markupBasisPoints: 0,
      serviceTier: "default",
      estimated: false,
      simulated: true,
    },
    price,
  );
  await admission.settle(reservation, entry);
  return true;
}
