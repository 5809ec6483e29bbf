/** GET /v1/models and /v1/models/{id}: the catalog, in OpenAI's shape. */
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { identify } from "../identify.ts";
import { listModels, readModel } from "../protocols/openai/list-models.ts";
import type { TenantParts } from "../tenant-parts.ts";

export function models(parts: TenantParts) {
  const createdSeconds = Date.parse(`${parts.turn.priceBook.version}T00:00:00Z`) / 1000;
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const identified = await identify(c, parts);
    if ("refused" in identified) {
      return answerProblem(c, identified.refused);
    }
    const id = c.req.param("id");
    const catalog = parts.turn.catalog.list();
    if (id === undefined) {
      return c.json(listModels(catalog, createdSeconds));
    }
    const row = readModel(catalog, id, createdSeconds);
    return "refused" in row ? answerProblem(c, row.refused) : c.json(row);
  };
}
