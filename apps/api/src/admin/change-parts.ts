/** What verbs that change something are given by the admin API. */
import type { Context } from "hono";
import type { RequestEnv } from "../http/request-context.ts";
import type { AdminParts } from "./admin-parts.ts";

/** The parts, and who makes the change. */
export function changeParts(
  c: Context<RequestEnv>,
  parts: AdminParts,
): AdminParts & { readonly actor: string } {
  return { ...parts, actor: c.get("actor") };
}
