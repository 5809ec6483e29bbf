import type { Model } from "@caprock/domain";
import { expect, test } from "vitest";
import { listModels, readModel } from "./list-models.ts";

const supports = {
  tools: true,
  toolsWhileStreaming: false,
  images: true,
  system: true,
  countTokens: false,
  forcedTools: true,
  structuredOutput: false,
  searchResults: false,
};
const nova: Model = {
  id: "amazon.nova-lite-v1:0",
  name: "Nova Lite",
  vendor: "amazon",
  modality: "chat",
  profiles: ["us", "eu"],
  callableBare: true,
  contextWindowTokens: 300_000,
  maxOutputTokens: 10_000,
  supports,
  tokenizerFactor: 1.1,
};
const sonnet: Model = {
  ...nova,
  id: "anthropic.claude-sonnet-5",
  name: "Claude Sonnet 5",
  vendor: "anthropic",
  profiles: ["global"],
  callableBare: false,
};
const createdSeconds = 1_790_000_000;

test("there is one row for every id that can be called, and none for one that cannot", () => {
  const { object, data } = listModels([nova, sonnet], createdSeconds);
  expect(object).toBe("list");
  expect(data.map((row) => row.id)).toEqual([
    "amazon.nova-lite-v1:0",
    "us.amazon.nova-lite-v1:0",
    "eu.amazon.nova-lite-v1:0",
    "global.anthropic.claude-sonnet-5",
  ]);
});

test("a row holds OpenAI's members and what a caller chooses by, and nothing from inside", () => {
  expect(listModels([sonnet], createdSeconds).data[0]).toEqual({
    id: "global.anthropic.claude-sonnet-5",
    object: "model",
    created: createdSeconds,
    owned_by: "anthropic",
    name: "Claude Sonnet 5",
    modality: "chat",
    context_window: 300_000,
    max_output_tokens: 10_000,
    profiles: ["global"],
    supports: {
      tools: true,
      tools_while_streaming: false,
      images: true,
      system: true,
      count_tokens: false,
      structured_output: false,
      search_results: false,
      reasoning_effort: false,
    },
  });
});

test("each id of the list can be read by itself, and gives the same row", () => {
  for (const row of listModels([nova, sonnet], createdSeconds).data) {
    expect(readModel([nova, sonnet], row.id, createdSeconds)).toEqual(row);
  }
});

test.each(["anthropic.claude-sonnet-5", "us.anthropic.claude-sonnet-5", "gpt-4o", ""])(
  "the id %j, which cannot be called, is not found",
  (id) => {
    expect(readModel([nova, sonnet], id, createdSeconds)).toMatchObject({
      refused: { code: "model_not_found" },
    });
  },
);
