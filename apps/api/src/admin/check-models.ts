/** Checks that the models which limits name are there: a typing error would bind nothing. */
import { type LimitRule, type Model, type OverBudgetPolicy, type Refusal, refusal } from "@caprock/domain";
import { type Catalog, callableIds } from "@caprock/inference";

interface NamesModels {
  readonly rules?: readonly LimitRule[] | undefined;
  readonly overBudget?: OverBudgetPolicy | undefined;
}

/** Refuses with `invalid_request`, naming the member. */
export function checkModels({ rules = [], overBudget }: NamesModels, catalog: Catalog): Refusal | undefined {
  for (const [index, { scope, of: part }] of rules.entries()) {
    if (scope === "model" && part !== undefined) {
      const wrong = checkLimitedModel(`rules[${index}].of`, part, catalog);
      if (wrong) {
        return wrong;
      }
    }
  }
  return overBudget?.kind === "fall-back"
    ? checkChatModel("overBudget.modelId", overBudget.modelId, catalog)
    : undefined;
}

/** The model that is called by this id, with or without an inference profile. */
export function findModel(id: string, catalog: Catalog): Model | undefined {
  return catalog.list().find((model) => model.id === id || callableIds(model).includes(id));
}

export function wrongModel(param: string, what = "there is no such model"): Refusal {
  return refusal({ code: "invalid_request", message: `${param}: ${what}.`, param });
}

/** Limits bind a model through whatever profile it is called, so they go by its bare id. */
function checkLimitedModel(param: string, id: string, catalog: Catalog): Refusal | undefined {
  const model = findModel(id, catalog);
  if (!model) {
    return wrongModel(param);
  }
  return model.id === id
    ? undefined
    : wrongModel(param, `use "${model.id}", which binds it through every profile`);
}

/** A call must be able to name it, and what falls back is a chat. */
function checkChatModel(param: string, id: string, catalog: Catalog): Refusal | undefined {
  const model = findModel(id, catalog);
  if (!model) {
    return wrongModel(param);
  }
  if (model.modality !== "chat") {
    return wrongModel(param, "this is no model for chats");
  }
  const ids = callableIds(model);
  return ids.includes(id) ? undefined : wrongModel(param, `use one of ${ids.join(", ")}`);
}
