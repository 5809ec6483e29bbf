/** Drawing as a turn's operation: a prompt in, images out, one InvokeModel call for each. */
import { CaprockError, type Model, type Refusal, refusal } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";
import type { Operation, PlannedCall, Sending } from "../operation.ts";
import { boundParts } from "./bound-parts.ts";
import { type InvokePart, invokeAll } from "./invoke-all.ts";
import { parseJson } from "./tell-use.ts";

export interface DrawingRequest {
  readonly prompt: string;
  readonly count: number;
  /** As Stability names it: "16:9"; the model's own when undefined. */
  readonly aspectRatio: string | undefined;
  readonly outputFormat: "png" | "jpeg" | undefined;
}

export interface DrawingAnswer {
  /** In base64. Fewer than were asked for when some were filtered. */
  readonly images: readonly string[];
  /** Why images were filtered, in the vendor's words. */
  readonly filtered: readonly string[];
}

/** Models draw differently, so no other is asked instead. */
export function drawing(request: DrawingRequest): Operation<DrawingAnswer, never> {
  return { portable: false, plan: (model) => plan(request, model) };
}

function plan(request: DrawingRequest, model: Model): PlannedCall<DrawingAnswer, never> | Refusal {
  if (model.modality !== "image") {
    return refusal({
      code: "model_not_found",
      message: `"${model.id}" draws no images. Use an id whose modality is "image" in GET /v1/models.`,
      param: "model",
    });
  }
  const bounded = boundParts(Array<JsonObject>(request.count).fill(bodyOf(request)), model);
  if ("refused" in bounded) {
    return bounded;
  }
  const { parts, bounds } = bounded;
  return {
    serviceTier: "default",
    bounds,
    promptTokens: 0,
    send: (sending) => send(parts, model, sending),
    stream: () =>
      Promise.reject(new CaprockError({ code: "internal_error", message: "No stream of images." })),
  };
}

/** AWS: "Stable Image Ultra request and response", the same for Core and Stable Diffusion 3.5. */
function bodyOf({ prompt, aspectRatio, outputFormat }: DrawingRequest): JsonObject {
  return {
    prompt,
    ...(aspectRatio === undefined ? {} : { aspect_ratio: aspectRatio }),
    ...(outputFormat === undefined ? {} : { output_format: outputFormat }),
  };
}

async function send(parts: readonly InvokePart[], model: Model, sending: Sending): Promise<DrawingAnswer> {
  const answers = await invokeAll(parts, model, sending);
  const read = answers.map(({ answer }) => Object(parseJson(answer.body)) as StabilityAnswer);
  return {
    images: read.flatMap(({ images }) => texts(images)),
    filtered: read.flatMap(({ finish_reasons }) => texts(finish_reasons)),
  };
}

interface StabilityAnswer {
  readonly images?: unknown;
  readonly finish_reasons?: unknown;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
