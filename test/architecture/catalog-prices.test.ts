/** The catalog and the price book are written apart; this holds them together. */

import { allModels, callableIds, createCatalog } from "@caprock/inference";
import { currentPriceBook } from "@caprock/metering";
import { expect, test } from "vitest";

const catalog = createCatalog(allModels);
const book = currentPriceBook();

const callable = allModels.flatMap((model) => callableIds(model).map((id) => ({ id, model })));

test.each(callable)("$id has a price in the unit its kind is billed by", ({ id }) => {
  const route = catalog.route(id, "us-east-1");
  if ("refused" in route) {
    throw new Error(route.refused.message);
  }
  const { model, scope, profile } = route;
  const price = book.find({ modelId: model.id, scope, serviceTier: "default", ...(profile && { profile }) });
  expect(price).toBeDefined();
  switch (model.modality) {
    case "chat":
      expect(price?.tokenRates?.input).toBeGreaterThan(0n);
      expect(price?.tokenRates?.output).toBeGreaterThan(0n);
      break;
    case "embedding":
      expect(price?.tokenRates?.input).toBeGreaterThan(0n);
      expect(price?.unitRates?.inputImage !== undefined).toBe(model.supports.images);
      break;
    case "image":
      expect(price?.unitRates?.image).toBeGreaterThan(0n);
      break;
    case "guardrail":
      expect(price?.unitRates?.guardrailContent).toBeGreaterThan(0n);
      break;
    case "rerank":
      expect(price?.unitRates?.query).toBeGreaterThan(0n);
      break;
  }
});

test("every kind of model is served", () => {
  expect(new Set(allModels.map(({ modality }) => modality))).toEqual(
    new Set(["chat", "embedding", "image", "rerank", "guardrail"]),
  );
});

test("an id that the catalog refuses has no price either", () => {
  for (const model of allModels.filter(({ callableBare }) => !callableBare)) {
    expect(book.find({ modelId: model.id, scope: "region", serviceTier: "default" })).toBeUndefined();
  }
});
