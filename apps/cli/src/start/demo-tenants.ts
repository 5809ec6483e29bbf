/** The two tenants that a local platform begins with, and their keys. */
import type { Tenant } from "@caprock/domain";
import { type ApiKeyStore, createTenant, issueApiKey, type TenancyParts } from "@caprock/tenancy";
import { demoTenants } from "../demo/demo-tenants.ts";
import type { LocalJson } from "./local-json.ts";

const count = 2;

export interface DemoTenantParts extends TenancyParts {
  readonly apiKeys: ApiKeyStore;
}

/** Finds the demo tenants or creates them; a tenant whose key is not known from `earlier` gets a new one. */
export async function ensureDemoTenants(
  earlier: LocalJson | undefined,
  parts: DemoTenantParts,
): Promise<LocalJson["tenants"]> {
  const existing = await parts.tenants.list();
  return Promise.all(
    demoTenants.slice(0, count).map(async (want) => {
      const tenant: Tenant =
        existing.find(({ demo, name }) => demo && name === want.name) ??
        (await createTenant({ ...want, demo: true }, parts));
      const known = earlier?.tenants.find(({ id }) => id === tenant.id)?.apiKey;
      const apiKey = known ?? (await issueApiKey(tenant.id, { name: "local" }, parts)).text;
      return { id: tenant.id, name: tenant.name, apiKey };
    }),
  );
}
