import { expect, test } from "vitest";
import { CallerCitations } from "./caller-citations.ts";

const result = (source: string) => ({ searchResult: { source } });
const file = (name: string) => ({ document: { name } });
const user = (...content: object[]) => ({ role: "user" as const, content: content as never[] });
const cites = (location: object, source = "a") => ({ source, title: source, location });
const found = (searchResultIndex: number) => ({
  searchResultLocation: { searchResultIndex, start: 0, end: 2 },
});
const answerWith = (...citations: object[]) => ({
  output: { message: { role: "assistant", content: [{ citationsContent: { content: [], citations } }] } },
  stopReason: "end_turn",
});
const deltaWith = (citation: object) => ({
  type: "contentBlockDelta",
  event: { contentBlockIndex: 0, delta: { citation } },
  bytes: new Uint8Array([1]),
});

test("a citation counts search results as the caller sent them, whichever were left out or cut", () => {
  const [a, b, c] = [result("a"), result("b"), result("c")];
  const cut = result("c");
  const asked = [user(a, b, { toolResult: { content: [c] } })];
  const sent = [user(b, { toolResult: { content: [cut] } })];
  const citations = new CallerCitations(asked, sent, new Map([[cut.searchResult, c.searchResult]]));
  expect(citations.shown(answerWith(cites(found(0)), cites(found(1))))).toEqual(
    answerWith(cites(found(1)), cites(found(2))),
  );
  expect(citations.shownFrames([deltaWith(cites(found(1)))])).toEqual([
    { type: "contentBlockDelta", event: deltaWith(cites(found(2))).event },
  ]);
});

test("a document of the session's history has no place in the caller's request, and those behind it count from its own", () => {
  const [old, own] = [file("old"), file("own")];
  const asked = [user(own)];
  const citations = new CallerCitations(asked, [user(old), ...asked], new Map());
  const span = (documentIndex: number) => ({ documentChar: { documentIndex, start: 3, end: 9 } });
  expect(citations.shown(answerWith(cites(span(0)), cites(span(1))))).toEqual(
    answerWith({ source: "a", title: "a" }, cites(span(0))),
  );
});

test("where both count alike, answers and frames are passed on as they came", () => {
  const asked = [user(result("a"), file("b"))];
  const citations = new CallerCitations(asked, asked, new Map());
  const answer = answerWith(cites(found(0)), cites({ web: { url: "https://a.example" } }), { title: "b" });
  expect(citations.shown(answer)).toBe(answer);
  const frames = [deltaWith(cites(found(0))), { type: "messageStop", event: { stopReason: "end_turn" } }];
  expect(citations.shownFrames(frames)[0]).toBe(frames[0]);
  expect(citations.shownFrames(frames)[1]).toBe(frames[1]);
});
