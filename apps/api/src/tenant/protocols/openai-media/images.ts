/** OpenAI's images wire: its request as a prompt to draw, and images as its answer. */
import { type Refusal, refusal } from "@caprock/domain";
import type { DrawingAnswer, DrawingRequest } from "@caprock/turn";
import { z } from "zod";
import { parseRequest } from "./parse-request.ts";

/** OpenAI's sizes, as the nearest shape that Stability draws; it chooses the pixels itself, about a megapixel. */
const shapes: Readonly<Record<string, string | undefined>> = {
  auto: undefined,
  "1024x1024": "1:1",
  "1536x1024": "3:2",
  "1024x1536": "2:3",
  "1792x1024": "16:9",
  "1024x1792": "9:16",
};
/** Stability's own shapes may be named as well. */
const ratios = ["1:1", "16:9", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];

/** AWS bounds a prompt at 10,000 characters. */
const longestPrompt = 10_000;

const imagesRequest = z.object({
  model: z.string().min(1),
  prompt: z
    .string()
    .min(1)
    .max(longestPrompt, { error: `at most ${longestPrompt} characters long` }),
  n: z.int({ error: "a whole number from 1 to 10" }).min(1).max(10).optional(),
  size: z.enum([...Object.keys(shapes), ...ratios]).optional(),
  response_format: z.literal("b64_json").optional(),
  output_format: z.enum(["png", "jpeg"]).optional(),
  quality: z.enum(["auto", "standard"]).optional(),
  background: z.enum(["auto", "opaque"]).optional(),
  moderation: z.literal("auto").optional(),
  stream: z.literal(false).optional(),
  /** Ignored, as it changes no answer. */
  user: z.string().optional(),
});

export interface ImagesRequest extends DrawingRequest {
  readonly model: string;
}

/** Refuses with `unsupported_parameter` and `invalid_request`. */
export function parseImages(body: unknown): { readonly request: ImagesRequest } | Refusal {
  if (Object(body).response_format === "url") {
    return refusal({
      code: "unsupported_parameter",
      message: '`response_format`: images are not kept here, so there is no URL of them. Ask for "b64_json".',
      param: "response_format",
    });
  }
  const parsed = parseRequest(imagesRequest, body);
  if ("refused" in parsed) {
    return parsed;
  }
  const { model, prompt, n = 1, size = "auto", output_format } = parsed.request;
  const aspectRatio = ratios.includes(size) ? size : shapes[size];
  return { request: { model, prompt, count: n, aspectRatio, outputFormat: output_format } };
}

/** The body of the answer, or a refusal with `content_filtered` when every image was filtered. */
export function toImages({ images, filtered }: DrawingAnswer, createdSeconds: number) {
  return images.length === 0
    ? refusal({
        code: "upstream_rejected",
        message: `The model drew no image: ${filtered[0] ?? "it gave no reason"}.`,
        param: "prompt",
      })
    : { created: createdSeconds, data: images.map((image) => ({ b64_json: image })) };
}
