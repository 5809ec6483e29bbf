import { expect, test } from "vitest";
import { pageOfItems } from "./page-of-items.ts";
import { toInputItems } from "./to-input-items.ts";

const items = ["a", "b", "c"].map((id) => ({ id, type: "message" }));
const page = (query: string) => pageOfItems(items, new URLSearchParams(query));

test("items are listed newest first or as asked, page by page without a gap", () => {
  expect(page("")).toMatchObject({ data: [{ id: "c" }, { id: "b" }, { id: "a" }], has_more: false });
  expect(page("order=asc&limit=2")).toMatchObject({ first_id: "a", last_id: "b", has_more: true });
  expect(page("order=asc&limit=2&after=b")).toMatchObject({ first_id: "c", last_id: "c", has_more: false });
});

test.each(["limit=0", "limit=101", "limit=x", "order=up", "after=z"])("%s is refused by name", (query) => {
  expect(page(query)).toMatchObject({ refused: { code: "invalid_request", param: query.split("=")[0] } });
});

test("what was said reads as the items that say it: results first, calls last", () => {
  const said = [
    {
      role: "user" as const,
      content: [{ text: "Hi" }, { image: { format: "png", source: { bytes: "AAAA" } } }],
    },
    {
      role: "assistant" as const,
      content: [{ text: "Hm." }, { toolUse: { toolUseId: "t", name: "now", input: { a: 1 } } }],
    },
    {
      role: "user" as const,
      content: [{ toolResult: { toolUseId: "t", content: [{ text: "noon" }] } }, { text: "So?" }],
    },
  ];
  expect(toInputItems(said, "req_1")).toMatchObject([
    {
      id: "in_req_1_0",
      content: [
        { type: "input_text", text: "Hi" },
        { type: "input_image", image_url: "data:image/png;base64,AAAA" },
      ],
    },
    { role: "assistant", content: [{ type: "output_text", text: "Hm." }] },
    { type: "function_call", call_id: "t", arguments: '{"a":1}' },
    { type: "function_call_output", call_id: "t", output: "noon" },
    { id: "in_req_1_4", role: "user" },
  ]);
});
