/** What every inference route begins with: who is calling, with what body, and how its chat is to be fitted. */
import type { Refusal } from "@caprock/domain";
import type { Caller } from "@caprock/tenancy";
import { checkPolicyModels } from "@caprock/turn";
import type { Context } from "hono";
import { parseJson } from "../http/read-json.ts";
import type { RequestEnv } from "../http/request-context.ts";
import { contextPolicyHeaderName, readContextHeaders } from "./context-headers.ts";
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
  const { caller, bytes } = identified;
  const headers = readContextHeaders(c);
  if ("refused" in headers) {
    return headers;
  }
  const { policy } = headers;
  const wrong = policy && checkPolicyModels(policy, contextPolicyHeaderName, caller.tenant, parts.turn);
  if (wrong) {
    return wrong;
  }
  c.set("contextPolicy", policy);
  const body = parseJson(bytes);
  return "refused" in body ? body : { caller, body: body.value };
}
