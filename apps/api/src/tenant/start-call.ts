/** What every inference route begins with: who is calling, and with what body. */
import type { Refusal } from "@caprock/domain";
import type { Caller } from "@caprock/tenancy";
import type { Context } from "hono";
import { parseJson } from "../http/read-json.ts";
import type { RequestEnv } from "../http/request-context.ts";
import { identify } from "./identify.ts";
import type { TenantParts } from "./tenant-parts.ts";

export async function startCall(
  c: Context<RequestEnv>,
  parts: TenantParts,
): Promise<{ readonly caller: Caller; readonly body: unknown } | Refusal> {
  const identified = await identify(c, parts);
  if ("refused" in identified) {
    return identified;
  }
  const body = parseJson(identified.bytes);
  return "refused" in body ? body : { caller: identified.caller, body: body.value };
}
