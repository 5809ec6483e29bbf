/** Finds the API key that a request presents. */

/**
 * Reads `Authorization: Bearer …` or `x-api-key`: the SDKs that tenants have use one or the other. A header
 * with another scheme presents no key.
 */
export function presentedKey(headers: Headers): string | undefined {
  const bearer = /^Bearer\s+(\S+)\s*$/i.exec(headers.get("authorization") ?? "")?.[1];
  return bearer ?? headers.get("x-api-key")?.trim() ?? undefined;
}
