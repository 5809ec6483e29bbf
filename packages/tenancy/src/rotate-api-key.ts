/** Gives an API key another secret. */
import { type ApiKey, type ApiKeyId, type Refusal, refusal, type TenantId } from "@caprock/domain";
import type { IssuedApiKey } from "./issue-api-key.ts";
import { keyText, newSecret, sha256Hex } from "./key-text.ts";
import { recordChange } from "./record-change.ts";
import { apiKeyNotFound, type KeyChangeParts } from "./update-api-key.ts";

/**
 * Makes a new secret for a key; its id, its application and what was spent with it stay. The replaced secret is
 * accepted for `graceSeconds` more, 0 ends it at once. While one is in grace already, only a rotation without grace
 * is possible: a third secret would end the first before its time. Refuses with `not_found`, or with `conflict`
 * for a revoked key, one in grace, or one that somebody else has just rotated.
 */
export async function rotateApiKey(
  tenantId: TenantId,
  id: ApiKeyId,
  graceSeconds: number,
  parts: KeyChangeParts,
): Promise<IssuedApiKey | Refusal> {
  const seen = await parts.apiKeys.read(tenantId, id);
  if (!seen) {
    return apiKeyNotFound(tenantId, id);
  }
  const nowMs = parts.clock.now();
  const wrong = checkRotation(seen, graceSeconds, nowMs);
  if (wrong) {
    return wrong;
  }
  const untilMs = nowMs + graceSeconds * 1_000;
  const change = { previousAcceptedUntilMs: untilMs };
  await recordChange(tenantId, { action: "key.rotate", target: id, change }, parts);
  const secret = newSecret(parts.random);
  const apiKey = await parts.apiKeys.replaceSecret(seen, {
    secretSha256: sha256Hex(secret),
    ...(graceSeconds === 0 ? {} : { previous: { secretSha256: seen.secretSha256, untilMs } }),
  });
  return apiKey
    ? { apiKey, text: keyText({ tenantId, apiKeyId: id, secret }) }
    : conflict(`API key ${id} was rotated or revoked by somebody else at the same time.`);
}

function checkRotation(
  { id, revokedAtMs, previous }: ApiKey,
  graceSeconds: number,
  nowMs: number,
): Refusal | undefined {
  if (revokedAtMs !== undefined) {
    return conflict(`API key ${id} is revoked. Issue another key.`);
  }
  if (graceSeconds > 0 && previous && nowMs < previous.untilMs) {
    const until = new Date(previous.untilMs).toISOString();
    return conflict(
      `API key ${id} was rotated already and its earlier secret is accepted until ${until}. ` +
        "Rotate with graceSeconds 0 to end both earlier secrets at once.",
    );
  }
  return undefined;
}

function conflict(message: string): Refusal {
  return refusal({ code: "conflict", message });
}
