/** Checks that the keys which limits name are the tenant's: a typing error would bind nothing. */
import { type LimitRule, type Refusal, refusal, type TenantId } from "@caprock/domain";
import type { ApiKeyStore } from "@caprock/tenancy";

/** Refuses with `invalid_request`, naming the member. Revoked keys are known still: their rules need not go first. */
export async function checkKeys(
  tenantId: TenantId,
  rules: readonly LimitRule[] = [],
  apiKeys: Pick<ApiKeyStore, "list">,
): Promise<Refusal | undefined> {
  const named = rules.some(({ scope, of: part }) => scope === "key" && part !== undefined);
  const known = named ? (await apiKeys.list(tenantId)).map(({ id }) => id) : [];
  const index = rules.findIndex(
    ({ scope, of: part }) => scope === "key" && part !== undefined && !known.includes(part),
  );
  return index < 0
    ? undefined
    : refusal({
        code: "invalid_request",
        message: `rules[${index}].of: the tenant has no such key.`,
        param: `rules[${index}].of`,
      });
}
