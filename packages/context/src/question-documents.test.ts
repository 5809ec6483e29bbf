import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ChatMessage, type ContentBlock, elementsOf, membersOf } from "./converse.ts";
import { type FitOptions, fit } from "./fit.ts";
import { brokenRules } from "./testing/chat-rules.ts";
import { caseCounter } from "./testing/fit-cases.ts";
import { contentOf, type QuestionCase, questionCase } from "./testing/question-cases.ts";

const counter = caseCounter;
const reserveOutputTokens = 100;

function fitted(history: ChatMessage[], roomTokens: number, options: Partial<FitOptions>) {
  const result = fit(
    { history },
    {
      counter,
      reserveOutputTokens,
      model: { contextWindowTokens: roomTokens + reserveOutputTokens, tokenizerFactor: 1.15 },
      ...options,
    },
  );
  return "refused" in result ? undefined : result;
}

const known = new WeakMap<QuestionCase, ReturnType<typeof fitted>>();

function fitCase(one: QuestionCase): ReturnType<typeof fitted> {
  const result = known.has(one) ? known.get(one) : fitted(one.history, one.roomTokens, one.options);
  known.set(one, result);
  return result;
}

const found = (texts: string, source = "kb", extra: object = {}): ContentBlock => ({
  searchResult: { source, title: `About ${source}`, content: [{ text: texts }], ...extra },
});
const asked = (...content: ContentBlock[]): ChatMessage[] => [{ role: "user", content }];
const parcel: ContentBlock = { text: "Where is the parcel kept?" };
const filler = (about: string) =>
  `${about} is described at length in this passage, which says little. `.repeat(12);

const isBrought = ({ searchResult, document }: ContentBlock) => (searchResult ?? document) !== undefined;

/** What a document is besides its pieces, and these. */
function read({ searchResult, document }: ContentBlock) {
  const { source, ...named } = membersOf(document);
  const { content, ...rest } = searchResult === undefined ? membersOf(source) : membersOf(searchResult);
  return {
    rest: JSON.stringify([named, rest]),
    pieces: elementsOf(content).map((part) => String(membersOf(part).text)),
  };
}

/** The numbers of the documents of which something is sent, in the order in which they stand. */
function sentNumbers(sent: readonly ContentBlock[], brought: readonly ContentBlock[]): readonly number[] {
  const originals = brought.filter(isBrought).map(read);
  let from = 0;
  return sent.filter(isBrought).map((block) => {
    const { rest, pieces } = read(block);
    const number = originals.findIndex(
      (original, index) =>
        index >= from &&
        original.rest === rest &&
        pieces.every((text, piece) =>
          text.split("[…]").every((passage) => original.pieces[piece]?.includes(passage.trim())),
        ),
    );
    from = number + 1;
    return number;
  });
}

describe("for 250 random questions that bring search results", () => {
  const cases = fc.sample(questionCase, { numRuns: 250, seed: 7 });
  const asBlocks = cases.map(
    (one): QuestionCase => ({
      ...one,
      options: { ...one.options, questionDocuments: "blocks" },
    }),
  );
  const check = (property: (one: QuestionCase) => void) => cases.forEach(property);

  test("what is sent is within the window by the same counter, and the report says how much it is", () => {
    check((one) => {
      const sent = fitCase(one);
      const tokens = sent?.messages.reduce((sum, message) => sum + counter.message(message), 0) ?? 0;
      expect(tokens).toBeLessThanOrEqual(one.roomTokens);
      expect(sent?.report.promptTokens ?? 0).toBeGreaterThanOrEqual(tokens);
    });
  });

  test("what fits comes back as the very array", () => {
    check(({ history, options }) => {
      const result = fitted(history, 1_000_000, { ...options, questionDocuments: "blocks" });
      expect(result?.messages).toBe(history);
    });
  });

  test("results stay in order, keep their source, title and settings, and a piece keeps its place", () => {
    asBlocks.forEach((one) => {
      const sent = fitCase(one);
      if (sent) {
        const numbers = sentNumbers(contentOf(sent.messages.at(-1)), one.content);
        expect(numbers).not.toContain(-1);
        expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
      }
    });
  });

  test("the report tells of each what became of it", () => {
    check((one) => {
      const { questionDocuments: fates } = fitCase(one)?.report ?? {};
      const results = one.content.filter(isBrought);
      const told = fates && [...fates.kept, ...fates.cut, ...fates.duplicates, ...fates.dropped];
      expect(told?.sort((a, b) => a - b) ?? [...results.keys()]).toEqual([...results.keys()]);
    });
  });

  test("roles alternate and tools are answered as they were", () => {
    check((one) => expect(brokenRules(fitCase(one)?.messages ?? one.history)).toEqual([]));
  });

  test("what the question itself says is there whenever results are", () => {
    check((one) => {
      const sent = fitCase(one);
      const texts = contentOf(sent?.messages.at(-1)).filter(({ text }) => text !== undefined);
      const said = one.content.filter(({ text }) => text !== undefined);
      const kept = (sent?.report.questionDocuments?.kept.length ?? 0) > 0;
      expect(kept && !said.every((block) => texts.includes(block))).toBe(false);
    });
  });

  test("a larger window leaves out no document that a smaller one sends", () => {
    check((one) => {
      const small = fitCase(one)?.report.questionDocuments;
      const large = fitCase({ ...one, roomTokens: one.roomTokens + 300 })?.report.questionDocuments;
      const sent = new Set([...(large?.kept ?? []), ...(large?.cut ?? [])]);
      expect([...(small?.kept ?? []), ...(small?.cut ?? [])].every((number) => sent.has(number))).toBe(true);
    });
  });

  test("the same question gives the same prompt, and is not changed", () => {
    check((one) => {
      const before = JSON.stringify(one.history);
      const again = JSON.parse(before) as ChatMessage[];
      expect(JSON.stringify(fitCase(one))).toBe(JSON.stringify(fitCase({ ...one, history: again })));
      expect(JSON.stringify(one.history)).toBe(before);
    });
  });

  test("fitting what was fitted changes nothing", () => {
    asBlocks.forEach((one) => {
      const sent = fitCase(one);
      if (sent) {
        expect(fitCase({ ...one, history: sent.messages })?.messages).toBe(sent.messages);
      }
    });
  });
});

describe("search results that do not fit", () => {
  const answer = found("The parcel is kept in the green shed at 14 Mill Lane.", "answer");
  const others = Array.from({ length: 20 }, (_, index) =>
    found(filler(`Product ${index}`), `other-${index}`),
  );
  const options = { questionDocuments: "blocks", shares: { documents: 0.9 } } as const;

  test("are left out, those with the least to do with the question first", () => {
    const history = asked(...others, answer, parcel);
    const sent = fitted(history, 600, options);
    expect(sent?.messages[0]?.content).toContain(answer);
    expect(sent?.report.questionDocuments?.kept).toContain(20);
    expect(sent?.report.questionDocuments?.dropped.length).toBeGreaterThan(15);
    expect(sent?.report.changes).toContainEqual(
      expect.objectContaining({ part: "documents", action: "dropped", reason: "over_share" }),
    );
  });

  test("have the call refused where nobody takes them for documents", () => {
    expect(fitted(asked(...others, answer, parcel), 600, { shares: { documents: 0.9 } })).toBeUndefined();
  });

  test("are cut to the passages that matter, and the pieces before keep their places", () => {
    const long = {
      searchResult: {
        source: "manual",
        title: "Manual",
        content: [
          { text: filler("The kettle") },
          { text: filler("The lamp") },
          ...answerPieces(),
          { text: filler("The desk") },
        ],
        citations: { enabled: true },
      },
    };
    const sent = fitted(asked(long, parcel), 200, options);
    const kept = membersOf(sent?.messages[0]?.content?.[0]?.searchResult);
    expect(kept).toMatchObject({ source: "manual", title: "Manual", citations: { enabled: true } });
    expect(elementsOf(kept.content)).toEqual([{ text: "[…]" }, { text: "[…]" }, ...answerPieces()]);
    expect(sent?.report.questionDocuments).toEqual({ kept: [], cut: [0], duplicates: [], dropped: [] });
  });

  test("come as text with source and title for a model that takes no such blocks", () => {
    const sent = fitted(asked(answer, parcel), 1_000, { ...options, questionDocuments: "text" });
    expect(sent?.messages[0]?.content).toEqual([
      {
        text: '<document id="answer" title="About answer">\nThe parcel is kept in the green shed at 14 Mill Lane.\n</document>',
      },
      parcel,
    ]);
  });

  test("in the newest result of a tool are left out too, which is never empty for that", () => {
    const search = { toolUse: { toolUseId: "a", name: "search", input: {} } };
    const loop = (...content: ContentBlock[]): ChatMessage[] => [
      ...asked(parcel),
      { role: "assistant", content: [search] },
      { role: "user", content: [{ toolResult: { toolUseId: "a", content } }] },
    ];
    const sent = fitted(loop(...others, answer), 600, options);
    expect(contentOf(sent?.messages[2])).toContain(answer);
    expect(sent?.report.questionDocuments?.dropped.length).toBeGreaterThan(15);
    const none = fitted(loop(...others), 120, options);
    expect(contentOf(none?.messages[2])).toEqual([{ text: "[The search results were left out.]" }]);
  });

  test("of any shape are fitted or refused, and do not throw", () => {
    const odd = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.record({ content: fc.jsonValue({ maxDepth: 2 }) }),
    );
    const block = fc.oneof(
      odd.map((searchResult) => ({ searchResult })),
      odd.map((source) => ({ document: { source } })),
      odd.map((toolResult) => ({ toolResult })),
    );
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), fc.integer({ min: 0, max: 60 }), (blocks, room) => {
        const content = [...blocks, answer, parcel] as ContentBlock[];
        expect(() => fitted(asked(...content), room, options)).not.toThrow();
      }),
    );
  });

  test("are chosen from in a time that does not grow by the square of their number, their pieces or their length", () => {
    // By the square these would take a minute, and the test's time would be over.
    const documents = Array.from({ length: 40_000 }, (_, number) => found(`about ${number}`, `${number}`));
    const { report } = fitted(asked(...documents, parcel), 1_000, options) ?? {};
    expect(report?.questionDocuments?.dropped.length).toBeGreaterThan(39_000);
    const content = Array.from({ length: 80_000 }, () => ({ text: " " }));
    const pieces = found("", "pieces", { content: [...answerPieces(), ...content] });
    expect(JSON.stringify(fitted(asked(pieces, parcel), 1_000, options)?.messages)).toContain("green shed");
    expect(fitted(asked(found("\n".repeat(200_000)), parcel), 1_000, options)).toBeDefined();
  }, 15_000);

  test("are not taken for documents where the message has nothing else", () => {
    const history = asked(answer);
    expect(fitted(history, 1_000, { ...options, questionDocuments: "text" })?.messages).toBe(history);
  });
});

function answerPieces() {
  return [{ text: "The parcel is kept in the green shed at 14 Mill Lane." }];
}
