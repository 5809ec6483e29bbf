/** Writes the chat models of the catalog as Anthropic's model list, one row for every id a caller may use. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import { callableIds } from "@caprock/inference";

export interface ModelRow {
  readonly type: "model";
  readonly id: string;
  readonly display_name: string;
  /** The date of the catalog: models' own dates are not kept. */
  readonly created_at: string;
  readonly max_input_tokens: number;
  readonly max_tokens: number;
}

export interface ModelList {
  readonly data: readonly ModelRow[];
  readonly has_more: false;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

/** The body of `GET /v1/models` for Anthropic's clients: one page, however many they ask for. */
export function listModels(models: readonly Model[], createdAt: string): ModelList {
  const data = rows(models, createdAt);
  return { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

/** The body of `GET /v1/models/{id}`, for any id of the list. */
export function readModel(models: readonly Model[], id: string, createdAt: string): ModelRow | Refusal {
  return (
    rows(models, createdAt).find((row) => row.id === id) ??
    refusal({
      code: "model_not_found",
      message: "There is no such model here; `GET /v1/models` lists those there are.",
      param: "model",
    })
  );
}

function rows(models: readonly Model[], createdAt: string): readonly ModelRow[] {
  return models
    .filter(({ modality }) => modality === "chat")
    .flatMap((model) =>
      callableIds(model).map((id) => ({
        type: "model",
        id,
        display_name: model.name,
        created_at: createdAt,
        max_input_tokens: model.contextWindowTokens,
        max_tokens: model.maxOutputTokens,
      })),
    );
}
