/** What every route of the session resource begins with: who is calling, whose memory is meant, and what is asked. */
import type { Refusal } from "@caprock/domain";
import type { SessionKey } from "@caprock/memory";
import type { Caller } from "@caprock/tenancy";
import { actorOf, sessionKeyOf } from "@caprock/turn";
import type { Context } from "hono";
import type { z } from "zod";
import { parseJson } from "../http/read-json.ts";
import { refuseIssue } from "../http/refuse-issue.ts";
import type { RequestEnv } from "../http/request-context.ts";
import { identify } from "./identify.ts";
import type { TenantParts } from "./tenant-parts.ts";

type Asked = { readonly actor?: string | undefined };

export interface SessionCall<Wanted> {
  readonly caller: Caller;
  readonly wanted: Wanted;
  readonly actorId: string;
}

/**
 * The actor is named by the query, the body or `x-caprock-actor`. A body may be left out. Refuses with `invalid_request`
 * and whatever identifying refuses with.
 */
export async function startSessionCall<Wanted extends Asked>(
  c: Context<RequestEnv>,
  parts: TenantParts,
  { from, schema }: { readonly from: "query" | "body"; readonly schema: z.ZodType<Wanted> },
): Promise<SessionCall<Wanted> | Refusal> {
  const identified = await identify(c, parts);
  if ("refused" in identified) {
    return identified;
  }
  const { caller, bytes } = identified;
  const given =
    from === "query" ? { value: c.req.query() } : bytes.byteLength === 0 ? { value: {} } : parseJson(bytes);
  if ("refused" in given) {
    return given;
  }
  const parsed = schema.safeParse(given.value);
  if (!parsed.success) {
    return refuseIssue(parsed.error, "The request");
  }
  const actor = actorOf(caller, parsed.data.actor ?? c.req.header("x-caprock-actor"));
  return "refused" in actor ? actor : { caller, wanted: parsed.data, ...actor };
}

/** The same, of the session that the path names. */
export async function startNamedSessionCall<Wanted extends Asked>(
  c: Context<RequestEnv>,
  parts: TenantParts,
  asked: { readonly from: "query" | "body"; readonly schema: z.ZodType<Wanted> },
): Promise<(SessionCall<Wanted> & { readonly session: SessionKey }) | Refusal> {
  const call = await startSessionCall(c, parts, asked);
  if ("refused" in call) {
    return call;
  }
  const session = sessionKeyOf(call.caller, { sessionId: c.req.param("id") ?? "", actorId: call.actorId });
  return "refused" in session ? session : { ...call, session };
}
