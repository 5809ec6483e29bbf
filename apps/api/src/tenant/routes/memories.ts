/** GET /v1/actors/{actor}/memories: what long-term memory has drawn from what an end user said. */
import { type ListedMemoriesView, memoryListQuery } from "@caprock/contract";
import { refusal } from "@caprock/domain";
import { type MemoryRecord, readInTime } from "@caprock/memory";
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { recordView } from "../../memory-views.ts";
import { answerProblem } from "../answer-problem.ts";
import { startSessionCall } from "../start-session-call.ts";
import type { TenantParts } from "../tenant-parts.ts";

/** An actor of whom nothing is remembered has an empty list, whether anybody ever named it or not. */
export function memories(parts: TenantParts) {
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const actor = c.req.param("actor") ?? "";
    const schema = memoryListQuery.transform((query) => ({ ...query, actor }));
    const call = await startSessionCall(c, parts, { from: "query", schema });
    if ("refused" in call) {
      return answerProblem(c, call.refused);
    }
    const { longTerm } = parts.memory;
    if (!longTerm) {
      const none = refusal({ code: "not_found", message: "This deployment has no long-term memory." });
      return answerProblem(c, none.refused);
    }
    const { limit } = call.wanted;
    const found: MemoryRecord[] = [];
    const records = readInTime(
      (signal) => longTerm.memory.records(call.caller.tenant.id, call.actorId, signal),
      longTerm.deadline,
    );
    for await (const record of records) {
      found.push(record);
      if (found.length > limit) {
        break;
      }
    }
    const listed: ListedMemoriesView = {
      object: "list",
      data: found.slice(0, limit).map(recordView),
      more: found.length > limit,
    };
    return c.json(listed, 200, { "cache-control": "no-store" });
  };
}
