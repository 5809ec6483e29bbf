/** GET /v1/models and /v1/models/{id}: the catalog, in OpenAI's shape, or in Anthropic's for its clients. */
import type { Context } from "hono";
import type { RequestEnv } from "../../http/request-context.ts";
import { answerProblem } from "../answer-problem.ts";
import { identify } from "../identify.ts";
import * as anthropic from "../protocols/anthropic/list-models.ts";
import { listModels, readModel } from "../protocols/openai/list-models.ts";
import { isAnthropicClient } from "../protocols/wire.ts";
import type { TenantParts } from "../tenant-parts.ts";

export function models(parts: TenantParts) {
  const createdAt = `${parts.turn.priceBook.version}T00:00:00Z`;
  const createdSeconds = Date.parse(createdAt) / 1000;
  return async (c: Context<RequestEnv>): Promise<Response> => {
    const identified = await identify(c, parts);
    if ("refused" in identified) {
      return answerProblem(c, identified.refused);
    }
    const id = c.req.param("id");
    const catalog = parts.turn.catalog.list();
    const isAnthropic = isAnthropicClient(c.req.raw.headers);
    if (id === undefined) {
      return c.json(
        isAnthropic ? anthropic.listModels(catalog, createdAt) : listModels(catalog, createdSeconds),
      );
    }
    const row = isAnthropic
      ? anthropic.readModel(catalog, id, createdAt)
      : readModel(catalog, id, createdSeconds);
    return "refused" in row ? answerProblem(c, row.refused) : c.json(row);
  };
}
