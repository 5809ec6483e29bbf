/** Finds out who calls the tenant API: by an API key, or by a request signed with its access key pair. */
import type { Refusal } from "@caprock/domain";
import { authenticate, authenticateSignature, type Caller, findClaimant } from "@caprock/tenancy";
import type { Context } from "hono";
import { type AwsSignature, isSignedWith, readAwsSignature } from "../http/aws-signature.ts";
import { readBytes } from "../http/read-json.ts";
import type { RequestEnv } from "../http/request-context.ts";
import { presentedKey } from "./present-key.ts";
import type { TenantParts } from "./tenant-parts.ts";

export interface Identified {
  readonly caller: Caller;
  /** The request's body as it came; empty where it has none. */
  readonly bytes: Uint8Array;
}

/**
 * Once for each request: a body can be read once. Strangers cannot make the server work: the body is read once the caller, or the key of who signs, is known.
 */
export async function identify(c: Context<RequestEnv>, parts: TenantParts): Promise<Identified | Refusal> {
  const known = c.get("identified");
  if (known) {
    return known;
  }
  const identified = await identifyAnew(c, parts);
  if (!("refused" in identified)) {
    c.set("identified", identified);
  }
  return identified;
}

async function identifyAnew(c: Context<RequestEnv>, parts: TenantParts): Promise<Identified | Refusal> {
  const signature = readAwsSignature(c.req.raw.headers, parts.authentication.clock.now());
  if (signature === undefined) {
    return identifyByKey(c, parts);
  }
  return "refused" in signature ? signature : identifyBySignature(c, signature, parts);
}

async function identifyByKey(c: Context<RequestEnv>, parts: TenantParts): Promise<Identified | Refusal> {
  const caller = await authenticate(presentedKey(c.req.raw.headers), parts.authentication);
  if ("refused" in caller) {
    return caller;
  }
  c.set("tenantId", caller.tenant.id);
  const body = await readBytes(c.req.raw, parts);
  return "refused" in body ? body : { caller, bytes: body.value };
}

async function identifyBySignature(
  c: Context<RequestEnv>,
  signature: AwsSignature,
  parts: TenantParts,
): Promise<Identified | Refusal> {
  const claimant = await findClaimant(signature.accessKeyId, parts.authentication);
  if ("refused" in claimant) {
    return claimant;
  }
  const { method, url, headers } = c.req.raw;
  const body = await readBytes(c.req.raw, parts);
  if ("refused" in body) {
    return body;
  }
  const signed = { method, url: new URL(url), headers, body: body.value };
  const caller = authenticateSignature(
    claimant,
    (secret) => isSignedWith(secret, signature, signed),
    parts.authentication.clock.now(),
  );
  if ("refused" in caller) {
    return caller;
  }
  c.set("tenantId", caller.tenant.id);
  return { caller, bytes: body.value };
}
