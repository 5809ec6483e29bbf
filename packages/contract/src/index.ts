/** The HTTP wire of the admin API: schemas, routes and a typed client. */
export {
  type ApiKeyView,
  createApiKeyRoute,
  listApiKeysRoute,
  revokeApiKeyRoute,
} from "./admin/api-keys.ts";
export {
  AdminApiError,
  type AdminClient,
  type AdminClientOptions,
  createAdminClient,
} from "./admin/client.ts";
export { type HoldView, listHoldsRoute, releaseHoldRoute } from "./admin/holds.ts";
export {
  createTenantRoute,
  listTenantsRoute,
  readTenantRoute,
  type TenantView,
  updateTenantRoute,
} from "./admin/tenants.ts";
export {
  type LedgerEntryView,
  listLedgerRoute,
  type UsageSummaryView,
  usageSummaryRoute,
} from "./admin/usage.ts";
