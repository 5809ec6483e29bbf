/** Renames an API key, moves it to another application, or says who may sign in for it. */
import {
  type ApiKey,
  type ApiKeyId,
  applicationPattern,
  CaprockError,
  type Refusal,
  refusal,
  type SignIn,
  type TenantId,
} from "@caprock/domain";
import { wrongMember } from "./check-limit-rules.ts";
import { type ChangeParts, recordChange } from "./record-change.ts";
import type { ApiKeyStore } from "./stores.ts";

export interface KeyChangeParts extends ChangeParts {
  readonly apiKeys: ApiKeyStore;
}

/** Absent members stay as they are. */
export interface ApiKeyChange {
  readonly name?: string | undefined;
  readonly application?: string | undefined;
  /** Null ends that people sign in for the key. */
  readonly signIn?: SignIn | null | undefined;
}

const attempts = 5;

/**
 * Applies a change over however the key is described at that moment: two admins who change different things both
 * succeed. Calls in flight are settled where they are held; later ones count to the new application. Refuses with
 * `not_found` or `invalid_request`; throws `conflict` when others were faster five times over.
 */
export async function updateApiKey(
  tenantId: TenantId,
  id: ApiKeyId,
  change: ApiKeyChange,
  parts: KeyChangeParts,
): Promise<ApiKey | Refusal> {
  const wrong = change.application === undefined ? undefined : checkApplication(change.application);
  if (wrong) {
    return wrong;
  }
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const seen = await parts.apiKeys.read(tenantId, id);
    if (!seen) {
      return apiKeyNotFound(tenantId, id);
    }
    await recordChange(tenantId, { action: "key.update", target: id, change: { ...change } }, parts);
    const signIn = change.signIn === undefined ? seen.signIn : change.signIn;
    const changed = await parts.apiKeys.describe(seen, {
      name: change.name ?? seen.name,
      application: change.application ?? seen.application,
      ...(signIn ? { signIn } : {}),
    });
    if (changed) {
      return changed;
    }
  }
  throw new CaprockError({
    code: "conflict",
    message: `API key ${id} is being changed by others. Try again.`,
  });
}

/** Refuses what cannot be the name of an application. */
export function checkApplication(application: string): Refusal | undefined {
  return applicationPattern.test(application)
    ? undefined
    : wrongMember("application", "must be 1 to 64 letters, digits and _.:/=+-@, without spaces");
}

export function apiKeyNotFound(tenantId: TenantId, id: ApiKeyId): Refusal {
  return refusal({ code: "not_found", message: `Tenant "${tenantId}" has no API key "${id}".` });
}
