/** What every inference route begins with: who is calling, and with what body. */
import type { Refusal } from "@caprock/domain";
import { authenticate, type Caller } from "@caprock/tenancy";
import type { Context } from "hono";
import { readJson } from "../http/read-json.ts";
import type { RequestEnv } from "../http/request-context.ts";
import { presentedKey } from "./present-key.ts";
import type { TenantParts } from "./tenant-parts.ts";

/** Authenticates before the body is read, so that strangers cannot make the server work. */
export async function startCall(
  c: Context<RequestEnv>,
  parts: TenantParts,
): Promise<{ readonly caller: Caller; readonly body: unknown } | Refusal> {
  const caller = await authenticate(presentedKey(c.req.raw.headers), parts.authentication);
  if ("refused" in caller) {
    return caller;
  }
  c.set("tenantId", caller.tenant.id);
  const body = await readJson(c.req.raw, parts);
  return "refused" in body ? body : { caller, body: body.value };
}
