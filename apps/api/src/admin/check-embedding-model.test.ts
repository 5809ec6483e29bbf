import { allModels, createCatalog } from "@caprock/inference";
import { currentPriceBook, PriceBook } from "@caprock/metering";
import { expect, test } from "vitest";
import { checkEmbeddingModel } from "./check-embedding-model.ts";

const catalog = createCatalog(allModels);
const atMs = Date.parse("2026-11-27T00:00:00Z");
const checked = (embeddingModel: string, priceBook = currentPriceBook()) =>
  checkEmbeddingModel({ embeddingModel }, { catalog, priceBook, region: "us-east-1" }, atMs);

test("every embedding model with a price is taken, and none without one", () => {
  const ids = allModels.filter(({ modality }) => modality === "embedding").map(({ id }) => id);
  expect(ids).toContain("amazon.titan-embed-text-v2:0");
  expect(ids).toContain("cohere.embed-v4:0");
  for (const id of ids) {
    expect(checked(id)).toBeUndefined();
    expect(checked(id, new PriceBook("empty", []))).toMatchObject({
      refused: { code: "model_unpriced", param: "contextPolicy.embeddingModel" },
    });
  }
});

test("what is no embedding model is refused with those that are", () => {
  for (const id of ["no.such-model", "us.amazon.nova-lite-v1:0", "cohere.rerank-v3-5:0"]) {
    const refused = checked(id);
    expect(refused).toMatchObject({
      refused: { code: "invalid_request", param: "contextPolicy.embeddingModel" },
    });
    expect(refused?.refused.message).toContain("cohere.embed-v4:0");
  }
});
