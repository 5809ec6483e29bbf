/** Turns the model id that a caller named into a route to a model, or into a refusal that helps. */
import { type Model, type ModelRoute, type ProfileScope, type Refusal, refusal } from "@caprock/domain";
import { closestId } from "./closest-id.ts";

export interface Catalog {
  /** Every model, in the order given to `createCatalog`. */
  list(): readonly Model[];
  /**
   * Routes a bare id, an id with an inference profile's prefix, or the ARN of either.
   * `region` is the Region of the Bedrock endpoint that will be called; an ARN of another Region is refused.
   * The route's `invokeId` is `id` itself. Refuses with `model_not_found`.
   */
  route(id: string, region: string): ModelRoute | Refusal;
}

const arnPattern =
  /^arn:aws:bedrock:(?<arnRegion>[a-z0-9-]+):(?<account>\d{12})?:(?<kind>foundation-model|inference-profile)\/(?<id>[^/]+)$/;

/** The ids a model can be called by: the bare id where Bedrock takes it, then one for each profile. */
export function callableIds(model: Model): readonly string[] {
  const profileIds = model.profiles.map((profile) => `${profile}.${model.id}`);
  return model.callableBare ? [model.id, ...profileIds] : profileIds;
}

/** Builds a catalog. Throws a RangeError where two models claim one id, or where a model has no id to call it by. */
export function createCatalog(models: readonly Model[]): Catalog {
  const routes = new Map<string, ModelRoute>();
  const bare = new Map<string, Model>();
  for (const model of models) {
    bare.set(model.id, model);
    const ids = callableIds(model);
    if (ids.length === 0) {
      throw new RangeError(`Model "${model.id}" has no id to call it by.`);
    }
    for (const id of ids) {
      if (routes.has(id)) {
        throw new RangeError(`Two models of the catalog are called "${id}".`);
      }
      routes.set(id, routeOf(model, id));
    }
  }

  function routeById(id: string): ModelRoute | Refusal {
    const route = routes.get(id);
    if (route) {
      return route;
    }
    const model = bare.get(id);
    return model ? needsProfile(model) : unknownModel(id, closestId(id, [...routes.keys()]));
  }

  function routeByArn(arn: string, region: string): ModelRoute | Refusal {
    const { arnRegion, account, kind, id = "" } = arnPattern.exec(arn)?.groups ?? {};
    const isProfile = kind === "inference-profile";
    if (!kind || isProfile !== (account !== undefined)) {
      return unknownModel(arn);
    }
    if (arnRegion !== region) {
      return notFound(
        `"${shown(arn)}" belongs to Region ${arnRegion}; this deployment calls Bedrock in ${region}.`,
      );
    }
    const route = routeById(id);
    if ("refused" in route) {
      return route;
    }
    return isProfile === (route.profile !== undefined)
      ? { ...route, invokeId: arn, sourceId: arn }
      : unknownModel(arn, id);
  }

  return {
    list: () => models,
    route: (id, region) => (id.startsWith("arn:") ? routeByArn(id, region) : routeById(id)),
  };
}

function routeOf(model: Model, invokeId: string): ModelRoute {
  if (invokeId === model.id) {
    return { model, invokeId, sourceId: invokeId, scope: "region" };
  }
  const profile = invokeId.slice(0, -(model.id.length + 1));
  const scope: ProfileScope = profile === "global" ? "global" : "geo";
  return { model, invokeId, sourceId: invokeId, scope, profile };
}

function needsProfile(model: Model): Refusal {
  const ids = callableIds(model).join(", ");
  return notFound(`"${model.id}" is only served through an inference profile. Use one of: ${ids}.`);
}

function unknownModel(id: string, suggestion?: string): Refusal {
  const hint = suggestion ? ` Did you mean "${suggestion}"?` : "";
  return notFound(`The model "${shown(id)}" does not exist here.${hint} GET /v1/models lists the models.`);
}

function notFound(message: string): Refusal {
  return refusal({ code: "model_not_found", message, param: "model" });
}

const longestShownId = 120;

/** An id as it may stand in a message: a caller can send anything, of any length. */
function shown(id: string): string {
  const cut = id.length > longestShownId ? `${id.slice(0, longestShownId)}…` : id;
  return cut.replaceAll(/[^\x20-\x7e…]/g, "?");
}
