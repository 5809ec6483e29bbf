/** The bodies of embedding models (AWS: "Titan Text Embeddings", "Cohere Embed v4", "Complete embeddings schema"). */
import type { Model, Refusal } from "@caprock/domain";
import type { JsonObject } from "../bedrock-runtime.ts";
import {
  type BodyBounds,
  type Media,
  membersOf,
  noMedia,
  noTools,
  unsupported,
  type VendorBody,
} from "./vendor-body.ts";

const embedding = { streams: false, callersTool: noTools } as const;

/** Titan: one text a call, or, for the multimodal model, an image. */
export const titanEmbedBody: VendorBody = {
  ...embedding,
  ownLimits: [],
  media: (name, value) =>
    name === "inputImage" && typeof value === "string" ? { kind: "image", payload: value } : undefined,
  bound: ({ inputImage }) => embeds(1, inputImage === undefined ? 0 : 1),
};

/** Cohere: up to 96 texts a call. `max_tokens` limits what is read of each, and lowers the cost at most. */
export const cohereEmbedBody: VendorBody = {
  ...embedding,
  ownLimits: ["max_tokens"],
  media: noMedia,
  bound(body) {
    for (const member of ["images", "inputs"]) {
      if (body[member] !== undefined) {
        return unsupported(member, "no price is known for images that this model embeds");
      }
    }
    return embeds(Array.isArray(body.texts) ? Math.max(1, body.texts.length) : 1, 0);
  },
};

/** Nova 2: one text or one image a call; sound and moving pictures are billed by the second. */
export const novaEmbedBody: VendorBody = {
  ...embedding,
  ownLimits: [],
  media: novaMedia,
  bound: boundNova,
};

function boundNova(body: JsonObject, _model: Model): BodyBounds | Refusal {
  const { image, audio, video } = membersOf(body.singleEmbeddingParams);
  if (audio !== undefined || video !== undefined) {
    const member = audio === undefined ? "video" : "audio";
    return unsupported(`singleEmbeddingParams.${member}`, "it has no price here");
  }
  if (membersOf(image).detailLevel === "DOCUMENT_IMAGE") {
    return unsupported(
      "singleEmbeddingParams.image.detailLevel",
      "no price is known for images of documents",
    );
  }
  return embeds(1, image === undefined ? 0 : 1);
}

function novaMedia(name: string, value: unknown): Media | undefined {
  const { bytes } = membersOf(membersOf(value).source);
  return name === "image" && typeof bytes === "string" ? { kind: "image", payload: bytes } : undefined;
}

function embeds(prompts: number, images: number): BodyBounds {
  return { maxOutputTokens: 0, prompts, units: images === 0 ? {} : { inputImage: images } };
}
