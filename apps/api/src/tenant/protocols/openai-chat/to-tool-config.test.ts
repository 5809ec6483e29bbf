import { expect, test } from "vitest";
import { toToolConfig } from "./to-tool-config.ts";
import type { ChatTool } from "./tool-schema.ts";

const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const weather: ChatTool = {
  type: "function",
  function: { name: "weather", description: "Tells the weather.", parameters: schema },
};
const weatherSpec = {
  toolSpec: { name: "weather", description: "Tells the weather.", inputSchema: { json: schema } },
};
const nothingCalled = new Set<string>();
const weatherCalled = new Set(["weather"]);

test.each([undefined, null, "auto" as const])(
  "with the choice %j the model chooses, which is Converse's default",
  (tool_choice) => {
    expect(toToolConfig({ tools: [weather], tool_choice }, nothingCalled)).toEqual({
      toolConfig: { tools: [weatherSpec] },
    });
  },
);

test("required becomes any, and a named function that tool", () => {
  expect(toToolConfig({ tools: [weather], tool_choice: "required" }, nothingCalled)).toMatchObject({
    toolConfig: { toolChoice: { any: {} } },
  });
  const tool_choice = { type: "function" as const, function: { name: "weather" } };
  expect(toToolConfig({ tools: [weather], tool_choice }, nothingCalled)).toMatchObject({
    toolConfig: { toolChoice: { tool: { name: "weather" } } },
  });
});

test("none leaves the tools out, but keeps them where the history holds tool blocks", () => {
  expect(toToolConfig({ tools: [weather], tool_choice: "none" }, nothingCalled)).toEqual({});
  expect(toToolConfig({ tools: [weather], tool_choice: "none" }, weatherCalled)).toEqual({
    toolConfig: { tools: [weatherSpec] },
  });
});

test("a history with tool blocks always comes with a toolConfig: Bedrock refuses it without", () => {
  for (const tools of [undefined, null, []]) {
    expect(toToolConfig({ tools }, nothingCalled)).toEqual({});
    expect(toToolConfig({ tools }, weatherCalled)).toMatchObject({
      toolConfig: { tools: [{ toolSpec: { name: "weather", inputSchema: { json: { type: "object" } } } }] },
    });
  }
});

test("what a tool leaves unsaid is not sent, save the type that Converse asks of a schema", () => {
  const bare: ChatTool = { type: "function", function: { name: "now", description: "", strict: false } };
  expect(toToolConfig({ tools: [bare] }, nothingCalled)).toEqual({
    toolConfig: {
      tools: [{ toolSpec: { name: "now", inputSchema: { json: { type: "object", properties: {} } } } }],
    },
  });
  const strict: ChatTool = { type: "function", function: { name: "now", parameters: schema, strict: true } };
  expect(toToolConfig({ tools: [strict] }, nothingCalled)).toEqual({
    toolConfig: { tools: [{ toolSpec: { name: "now", inputSchema: { json: schema }, strict: true } }] },
  });
});

test("a choice that the tools cannot fulfil is refused by name", () => {
  expect(toToolConfig({ tool_choice: "required" }, weatherCalled)).toMatchObject({
    refused: { code: "invalid_request", param: "tool_choice" },
  });
  const tool_choice = { type: "function" as const, function: { name: "news" } };
  expect(toToolConfig({ tools: [weather], tool_choice }, nothingCalled)).toMatchObject({
    refused: { code: "invalid_request", param: "tool_choice.function.name" },
  });
});

test("a schema nested so deeply that it could not be written out again is refused by name", () => {
  let parameters: Record<string, unknown> = { type: "object" };
  for (let level = 0; level < 100; level += 1) {
    parameters = { type: "object", properties: parameters };
  }
  const deep: ChatTool = { type: "function", function: { name: "deep", parameters } };
  expect(toToolConfig({ tools: [weather, deep] }, nothingCalled)).toMatchObject({
    refused: { code: "invalid_request", param: "tools[1].function.parameters" },
  });
});
