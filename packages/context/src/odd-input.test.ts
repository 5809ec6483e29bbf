import { describe, expect, test } from "vitest";
import type { ChatMessage } from "./converse.ts";
import { type FitOptions, fit } from "./fit.ts";
import type { FitInput } from "./fit-input.ts";
import { TokenCalibration } from "./token-calibration.ts";
import { tokenCeiling } from "./token-ceiling.ts";
import { createTokenCounter } from "./token-counter.ts";

const model = { contextWindowTokens: 1_000, tokenizerFactor: 1 };
const options: FitOptions = { model, reserveOutputTokens: 100 };
const asks = (text: string): ChatMessage => ({ role: "user", content: [{ text }] });
const history = [asks("Hello")];

/** What JavaScript, or a parsed file, gives although TypeScript forbids it. */
const wrongOptions: readonly [param: string, wrong: object][] = [
  ["model.contextWindowTokens", { model: { tokenizerFactor: 1 } }],
  ["model.contextWindowTokens", { model: { ...model, contextWindowTokens: Number.NaN } }],
  ["model.contextWindowTokens", { model: { ...model, contextWindowTokens: "1000" } }],
  ["model.contextWindowTokens", { model: { ...model, contextWindowTokens: Number.POSITIVE_INFINITY } }],
  ["model.contextWindowTokens", { model: undefined }],
  ["model.tokenizerFactor", { model: { contextWindowTokens: 1_000 } }],
  ["model.tokenizerFactor", { model: { ...model, tokenizerFactor: 0 } }],
  ["reserveOutputTokens", { reserveOutputTokens: undefined }],
  ["reserveOutputTokens", { reserveOutputTokens: -1 }],
  ["reserveOutputTokens", { reserveOutputTokens: Number.NaN }],
  ["shares.documents", { shares: { documents: 35 } }],
  ["shares.memories", { shares: { memories: -0.1 } }],
  ["recall.share", { recall: { retrieve: () => [], share: 2 } }],
  ["recall.mostTokens", { recall: { retrieve: () => [], mostTokens: Number.NaN } }],
  ["stepTokens", { stepTokens: -1 }],
  ["clearToolResults.keep", { clearToolResults: { keep: Number.NaN } }],
];
const wrongInputs: readonly [param: string, wrong: object][] = [
  ["history", { history: undefined }],
  ["history", { history: "Hello" }],
  ["documents[1].text", { documents: [{ id: "a", text: "" }, { id: "b" }] }],
  ["memories[0].text", { memories: [{ id: "a", text: 5 }] }],
  ["preferences[0].text", { preferences: [undefined] }],
];
const invalid = (param: string) =>
  expect.objectContaining({ problem: expect.objectContaining({ code: "invalid_request", param }) });

describe("what no budget can be computed with is an error that names it", () => {
  test.each(wrongOptions)("%s of %j", (param, wrong) => {
    expect(() => fit({ history }, { ...options, ...wrong } as FitOptions)).toThrow(invalid(param));
  });

  test.each(wrongInputs)("%s of %j", (param, wrong) => {
    expect(() => fit({ history, ...wrong } as FitInput, options)).toThrow(invalid(param));
  });

  test("and never tells what a prompt says", () => {
    const secret = { history: "My code is 7731." } as unknown as FitInput;
    expect(() => fit(secret, options)).toThrow(/^"history" is of type string, and has to be /);
  });

  test.each([undefined, Number.NaN, 0, -1, "1.5"])("a counter's factor of %s", (factor) => {
    expect(() => createTokenCounter({ factor } as { factor: number })).toThrow(invalid("factor"));
  });
});

test("a window that is 0 or less has no room, and is refused as that", () => {
  for (const contextWindowTokens of [0, -260]) {
    const refused = fit({ history }, { ...options, model: { ...model, contextWindowTokens } });
    expect(refused).toMatchObject({ refused: { code: "context_too_long" } });
  }
});

test("a content that is a text, as other wires have it, counts as what it says, and is never over the window", () => {
  const counter = createTokenCounter({ factor: 1 });
  const said = "Some words of a longer text. ".repeat(2_000);
  const written = (role: string) => ({ role, content: said }) as unknown as ChatMessage;
  expect(counter.message(written("user"))).toBe(counter.message(asks(said)));
  const blocks = said as unknown as readonly object[];
  expect(counter.system(blocks)).toBe(counter.system([{ text: said }]));
  const ceiling = (message: ChatMessage) => tokenCeiling({ messages: [message] }, { windowTokens: 1_000 });
  expect(ceiling(written("user"))).toBe(ceiling(asks(said)));
  const documents = [{ id: "a", text: "A short document." }];
  const chat = [
    written("user"),
    written("assistant"),
    { role: "user", content: "And?" } as unknown as ChatMessage,
  ];
  const fitted = fit({ history: chat, documents }, options);
  expect(fitted).toMatchObject({
    messages: [{ content: [{ text: expect.stringContaining("A short document.") }, { text: "And?" }] }],
    report: { droppedMessages: 2 },
  });
});

test("a document's score that is no number ranks as none", () => {
  const documents = [
    { id: "a", text: "one", score: Number.NaN },
    { id: "b", text: "two", score: 2 },
    { id: "c", text: "three", score: 1 },
  ];
  const fitted = fit({ history, documents }, options);
  const text = JSON.stringify("refused" in fitted ? fitted : fitted.messages);
  expect([..."bac"].map((id) => text.indexOf(`id=\\"${id}\\"`))).toEqual(
    [..."bac"].map((id) => text.indexOf(`id=\\"${id}\\"`)).sort((a, b) => a - b),
  );
});

test("what is no measurement teaches a calibration nothing", () => {
  const calibration = new TokenCalibration();
  const good = { estimatedTokens: 1_000, correction: 1, reportedTokens: 1_000 };
  for (const bad of [{ correction: 0 }, { correction: -1 }, { reportedTokens: Number.POSITIVE_INFINITY }]) {
    calibration.observe("m", { ...good, ...bad });
  }
  for (const bad of [{ estimatedTokens: Number.NaN }, { reportedTokens: undefined as unknown as number }]) {
    calibration.observe("m", { ...good, ...bad });
  }
  expect(calibration.correctionOf("m")).toBe(1);
});
