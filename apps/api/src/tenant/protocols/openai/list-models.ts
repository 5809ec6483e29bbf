/** Writes the model catalog as OpenAI's model list, one row for every id a caller may use. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import { callableIds } from "@caprock/inference";

/** OpenAI's four members, and what Caprock adds for callers that choose by capability. */
export interface ModelRow {
  readonly id: string;
  readonly object: "model";
  readonly created: number;
  readonly owned_by: string;
  readonly name: string;
  readonly modality: Model["modality"];
  /** Tokens. */
  readonly context_window: number;
  /** Tokens. */
  readonly max_output_tokens: number;
  /** Inference profile prefixes under which the same model can be called. */
  readonly profiles: readonly string[];
  readonly supports: {
    readonly tools: boolean;
    readonly tools_while_streaming: boolean;
    readonly images: boolean;
    readonly system: boolean;
    readonly count_tokens: boolean;
    readonly structured_output: boolean;
    readonly search_results: boolean;
    readonly reasoning_effort: boolean;
  };
}

export interface ModelList {
  readonly object: "list";
  readonly data: readonly ModelRow[];
}

/** The body of `GET /v1/models`. `createdSeconds` is the date of the catalog: models' own dates are not kept. */
export function listModels(models: readonly Model[], createdSeconds: number): ModelList {
  const data = models.flatMap((model) => callableIds(model).map((id) => toRow(model, id, createdSeconds)));
  return { object: "list", data };
}

/** The body of `GET /v1/models/{id}`, for any id of the list. */
export function readModel(models: readonly Model[], id: string, createdSeconds: number): ModelRow | Refusal {
  const model = models.find((candidate) => callableIds(candidate).includes(id));
  if (!model) {
    return refusal({
      code: "model_not_found",
      message: "There is no such model here; `GET /v1/models` lists those there are.",
      param: "model",
    });
  }
  return toRow(model, id, createdSeconds);
}

function toRow(model: Model, id: string, createdSeconds: number): ModelRow {
  const { tools, toolsWhileStreaming, images, system, countTokens, structuredOutput, searchResults } =
    model.supports;
  return {
    id,
    object: "model",
    created: createdSeconds,
    owned_by: model.vendor,
    name: model.name,
    modality: model.modality,
    context_window: model.contextWindowTokens,
    max_output_tokens: model.maxOutputTokens,
    profiles: model.profiles,
    supports: {
      tools,
      tools_while_streaming: toolsWhileStreaming,
      images,
      system,
      count_tokens: countTokens,
      structured_output: structuredOutput,
      search_results: searchResults,
      reasoning_effort: model.reasoningControl !== undefined,
    },
  };
}
