import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ConversationMessage } from "./message.ts";
import { indexOf, prepare } from "./prepare.ts";
import { readQuestion } from "./question.ts";
import { type SelectOptions, select } from "./select.ts";

const pieces = [
  "We adopted a dog yesterday",
  "What is its name?",
  "Rex!",
  "My trip to Norway is on 3 May 2023",
  "水箱有一道裂缝",
  "配送料は誰が払いますか？",
  "",
  "🎉 ok",
  "It cost 40 dollars. ".repeat(120),
  "hello",
];

const conversation = fc
  .array(
    fc.record(
      {
        text: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }).map((parts) => parts.join(" ")),
        speaker: fc.constantFrom("Ann", "Bo"),
        role: fc.constantFrom("user", "assistant"),
        timestamp: fc.constantFrom<ConversationMessage["timestamp"]>(
          "2023-05-04T10:00:00Z",
          1_683_000_000_000,
          new Date(0),
          "soon",
        ),
        session: fc.constantFrom("a", "b", 3),
        tokens: fc.nat(400),
      },
      { requiredKeys: [] },
    ),
    { maxLength: 60 },
  )
  .map((messages): ConversationMessage[] => messages.map((message, i) => ({ ...message, id: `m${i}` })));
const question = fc.constantFrom(
  "What is Ann's dog called?",
  "When did I go to Norway in May 2023?",
  "裂缝",
  "",
  "?!",
  "the",
);
const options = fc.record(
  {
    recentShare: fc.constantFrom(0, 0.2, 1),
    now: fc.constantFrom("2023-06-01", 1_685_000_000_000),
    embed: fc.constant((text: string) => [text.length, text.includes("dog") ? 9 : 0]),
    vectors: fc.record({
      question: fc.int8Array({ minLength: 3, maxLength: 3 }),
      // Of some messages, and of some that are not there.
      messages: fc
        .array(fc.tuple(fc.nat(70), fc.int8Array({ minLength: 3, maxLength: 3 })), { maxLength: 40 })
        .map((made) => new Map(made.map(([place, vector]) => [`m${place}`, vector]))),
    }),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<SelectOptions>;
const budget = fc.nat(3_000);

describe("for any conversation, question and budget", () => {
  test("what is kept costs at most the budget, is in time order, and is all when all fits", () => {
    fc.assert(
      fc.property(conversation, question, budget, options, (messages, asked, tokenBudget, chosen) => {
        const { messages: indexed } = prepare(messages);
        const kept = select(messages, asked, tokenBudget, chosen);
        const places = kept.map((id) => messages.findIndex((message) => message.id === id));
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        expect(
          places.reduce((sum, place) => sum + (indexed[place]?.tokens ?? Number.NaN), 0),
        ).toBeLessThanOrEqual(tokenBudget);
        if (indexed.reduce((sum, { tokens }) => sum + tokens, 0) <= tokenBudget) {
          expect(kept).toHaveLength(messages.length);
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("a larger budget keeps all that a smaller one keeps", () => {
    fc.assert(
      fc.property(conversation, question, budget, budget, options, (messages, asked, less, more, chosen) => {
        const index = prepare(messages);
        const larger = new Set(select(index, asked, less + more, chosen));
        expect(select(index, asked, less, chosen).filter((id) => !larger.has(id))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test("only places that are allowed are kept, within the budget by the costs that are given, and all of them if they fit", () => {
    const places = fc.integer({ min: -5, max: 65 });
    fc.assert(
      fc.property(
        conversation,
        question,
        budget,
        options,
        places,
        places,
        (messages, asked, tokenBudget, chosen, from, before) => {
          const cost = (id: unknown) => 7 + (Number(String(id).slice(1)) % 5);
          const costOf = ({ id }: { readonly id: unknown }) => cost(id);
          const allowed = messages.filter((_, place) => place >= from && place < before).map(({ id }) => id);
          const kept = select(messages, asked, tokenBudget, { ...chosen, from, before, costOf });
          expect(allowed).toEqual(expect.arrayContaining(kept));
          const sum = (ids: readonly unknown[]) => ids.reduce<number>((total, id) => total + cost(id), 0);
          expect(sum(kept)).toBeLessThanOrEqual(tokenBudget);
          expect(kept.length === allowed.length).toBe(sum(allowed) <= tokenBudget);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("an array, a copy of it, an index made at once and one grown message by message keep the same", () => {
    fc.assert(
      fc.property(conversation, question, budget, options, (messages, asked, tokenBudget, chosen) => {
        const before = structuredClone(messages);
        const kept = select(messages, asked, tokenBudget, chosen);
        expect(messages).toEqual(before);
        expect(select(messages, asked, tokenBudget, chosen)).toEqual(kept);
        expect(select(before, asked, tokenBudget, chosen)).toEqual(kept);
        const grown = prepare(messages.slice(0, 5));
        select(grown, asked, tokenBudget, chosen);
        for (const message of messages.slice(5)) {
          grown.add(message);
        }
        expect(select(grown, asked, tokenBudget, chosen)).toEqual(kept);
      }),
      { numRuns: 500 },
    );
  });

  test("an array that was extended, shortened or changed in place is read anew", () => {
    fc.assert(
      fc.property(conversation, question, fc.nat(59), (messages, asked, at) => {
        const changing = messages.map((message) => ({ ...message }));
        select(changing.slice(0, at), asked, 500);
        select(changing, asked, 500);
        const changed = changing[at];
        if (changed) {
          changed.text = "a dog called Norway";
          changed.timestamp = new Date(1_683_100_000_000);
        }
        expect(select(changing, asked, 500)).toEqual(select(structuredClone(changing), asked, 500));
        expect(select(changing.slice(0, at), asked, 500)).toEqual(
          select(prepare(changing.slice(0, at)), asked, 500),
        );
      }),
    );
  });
});

/** A day's chat of small talk around what is given; every message costs 10 tokens. */
function among(texts: readonly Partial<ConversationMessage>[], fillers = 100): ConversationMessage[] {
  const filler = Array.from({ length: fillers }, (_, i) => ({
    text: `Nothing much happened in hour ${i} of this.`,
  }));
  const half = fillers / 2;
  return [...filler.slice(0, half), ...texts, ...filler.slice(half)].map((message, i) => ({
    speaker: i % 2 === 0 ? "Ann" : "Bo",
    tokens: 10,
    id: i,
    ...message,
  }));
}

describe("what answers is found", () => {
  test("when only the message before has the question's words", () => {
    const messages = among([{ text: "What did you call the puppy?" }, { text: "Rex, after my uncle." }]);
    expect(select(messages, "What is the name of the puppy?", 20)).toEqual([50, 51]);
  });

  test("in other forms of the words, and in words that stand for them", () => {
    const messages = among([{ text: "I went and bought two cellos." }]);
    expect(select(messages, "Which instruments were purchased?", 10)).toEqual([50]);
    expect(select(messages, "Who goes buying a cello?", 10)).toEqual([50]);
  });

  test("by the one whom the question names, though both say the same", () => {
    const messages = among([
      { text: "I play chess.", speaker: "Ann" },
      { text: "I play chess.", speaker: "Bo" },
    ]);
    expect(select(messages, "What does Bo play?", 10)).toEqual([51]);
    expect(select(messages, "What does Ann play?", 10)).toEqual([50]);
  });

  test('by the user when the question says "I", by the assistant when it says "you"', () => {
    const messages = among([
      { id: "u", text: "The Harbour hotel?", role: "user", speaker: undefined },
      { id: "a", text: "The Harbour hotel!", role: "assistant", speaker: undefined },
    ]).map(({ speaker, role = speaker === "Ann" ? "user" : "assistant", ...message }) => ({
      ...message,
      role,
    }));
    expect(select(messages, "Which hotel did you recommend?", 10)).toEqual(["a"]);
    expect(select(messages, "Which hotel did I choose for my stay?", 20)).toContain("u");
  });

  test("on the day that the question names, in any form of timestamp", () => {
    const said = [
      "2023-05-08T13:56:00",
      "1:56 pm on 8 May, 2023",
      "2023/05/08 (Mon) 13:56",
      new Date("2023-05-08T13:56Z"),
    ];
    for (const timestamp of said) {
      const messages = among([
        { id: "march", text: "We hiked all day.", timestamp: "2023-03-02" },
        { id: "may", text: "We hiked all day.", timestamp },
        { id: "june", text: "We hiked all day.", timestamp: "2023-06-20" },
      ]);
      expect(select(messages, "Where did they hike in May 2023?", 10)).toEqual(["may"]);
      expect(
        select(messages, { text: "Where did they hike last week?", timestamp: "2023-05-14" }, 10),
      ).toEqual(["may"]);
      expect(select(messages, "Where did they hike a week ago?", 10, { now: Date.UTC(2023, 4, 15) })).toEqual(
        ["may"],
      );
    }
  });

  test("in scripts without blanks, and in text with accents", () => {
    const messages = among([{ text: "水箱有一道裂缝，一加水就漏。" }, { text: "Das Café heißt Möwe." }]);
    expect(select(messages, "水箱怎么了", 10)).toEqual([50]);
    expect(select(messages, "cafe", 10)).toEqual([51]);
  });

  test("a word of one Han character, among other neighbours than the question's, and a name by all its characters alone", () => {
    const messages = among([
      { text: "昨天我养了一只猫。", speaker: "陈静" },
      { text: "昨天我们家很安静。", speaker: "李明" },
    ]);
    expect(select(messages, "猫叫什么名字？", 10)).toEqual([50]);
    expect(select(messages, "谁家最安静？", 10)).toEqual([51]);
    expect(select(messages, "陈静养了什么？", 10)).toEqual([50]);
  });

  test("deep in a long message, and not hidden by one that is larger than the budget", () => {
    const report = `${"Row of the annual report. ".repeat(150)} The safe's code is 4711. ${"Row of the annual report. ".repeat(150)}`;
    const messages = among([{ text: report, tokens: 900 }, { text: "The safe is blue." }]);
    expect(select(messages, "What code has the safe?", 910)).toContain(50);
    const pasted = among([{ text: "puppy ".repeat(9_000), tokens: 16_861 }, { text: "The puppy sleeps." }]);
    expect(select(pasted, "Where does the puppy sleep?", 500)).toContain(51);
  });

  test("by embeddings, where words fail", () => {
    const messages = among([{ id: "x", text: "Bonjour" }]);
    const vectors = {
      question: [1, 0],
      messages: new Map<string | number, number[]>([
        ["x", [1, 0]],
        [3, [0, 1]],
      ]),
    };
    expect(select(messages, "Zdravo", 10, { vectors })).toEqual(["x"]);
    const embed = (text: string) => (text === "Bonjour" || text === "Zdravo" ? [1, 0] : [0, 1]);
    expect(select(messages, "Zdravo", 20, { embed })).toContain("x");
  });
});

test("the newest messages are kept in their share, and in all of the budget when nothing answers", () => {
  const messages = among([{ text: "Our dog is a beagle." }]);
  expect(select(messages, "What breed is the dog?", 50, { recentShare: 0.2 })).toEqual(
    expect.arrayContaining([50, 100]),
  );
  expect(select(messages, "Quantum chromodynamics", 30)).toEqual([98, 99, 100]);
});

test("messages need no more than an id; budgets that are no budget keep nothing", () => {
  const bare = [{ id: "a" }, { id: "b", text: "Text", session: 1 }, { id: "c", text: "Rex" }];
  expect(select(bare, "Rex", 7)).toEqual(["c"]);
  expect(select([], "Rex", 100)).toEqual([]);
  const nulls = { text: null, speaker: null, role: null, timestamp: null, session: null, tokens: null };
  const fromStore = bare.map((message) => ({ ...nulls, ...message })) as unknown as ConversationMessage[];
  expect(select(fromStore, "Rex", 7)).toEqual(["c"]);
  for (const tokenBudget of [0, -1, Number.NaN]) {
    expect(select(bare, "Rex", tokenBudget)).toEqual([]);
  }
});

describe("odd conversations", () => {
  test("a message that no answer could name is an error that tells its place", () => {
    for (const wrong of [[{ text: "dog" }], [{ id: null, text: "dog" }], [null], [undefined]]) {
      const messages = [{ id: 0, text: "cat" }, ...wrong] as unknown as ConversationMessage[];
      expect(() => select(messages, "dog", 10)).toThrow(
        expect.objectContaining({ problem: expect.objectContaining({ param: "messages[1].id" }) }),
      );
    }
  });

  test("of messages that share an id each counts, and is told, by itself", () => {
    const messages = [1, 1, 2].map((id) => ({ id, text: "Our dog is a beagle.", tokens: 10 }));
    expect(select(messages, "dog", 20)).toHaveLength(2);
    expect(select(messages, "dog", 30)).toEqual([1, 1, 2]);
  });

  test("a question that is empty, or none, keeps the newest", () => {
    const messages = [1, 2, 3].map((id) => ({ id, text: `We met on day ${id}.`, tokens: 10 }));
    for (const question of ["", " ", {}, undefined, null] as unknown as string[]) {
      expect(select(messages, question, 20)).toEqual([2, 3]);
    }
  });

  test("times that name no day are no times, and do not make an index again", () => {
    const at = (timestamp: unknown, id: number) =>
      ({ id, text: "A dog.", tokens: 10, timestamp }) as ConversationMessage;
    const messages = [new Date(Number.NaN), Number.NaN, "soon", 1e300, null, "99999-01-01", "2026-01-02"].map(
      at,
    );
    expect(select(messages, "What of the dog on 2026-01-02?", 10)).toEqual([6]);
    expect(indexOf(messages)).toBe(indexOf([...messages]));
  });

  test("lone surrogates, writing from right to left, and names of an object's own members are words like others", () => {
    const texts = [
      "\ud800 and \udc00",
      "קנינו כלב חדש",
      "اشترينا القطة أمس",
      "constructor __proto__ toString",
    ];
    const messages = [...texts, "Nothing else."].map((text, id) => ({ id, text, tokens: 10 }));
    expect(select(messages, "כלב", 10)).toEqual([1]);
    expect(select(messages, "متى اشترينا القطة؟", 10)).toEqual([2]);
    expect(select(messages, "__proto__ constructor", 10)).toEqual([3]);
    expect(select(messages, "\ud800", 50)).toHaveLength(5);
  });

  test("a pasted text as question is searched by its rarest words, however long it is", () => {
    const messages = among([{ text: "The invoice of Brunnhilde is 4711." }], 2_000);
    const small = Array.from({ length: 5_000 }, (_, i) => `Nothing much was unheard${i} of this hour.`).join(
      " ",
    );
    const read = readQuestion(`${small} What does Brunnhilde owe? ${small}`, prepare(messages), undefined);
    expect(read.words).toHaveLength(40);
    expect(select(messages, `${small} What does Brunnhilde owe? ${small}`, 10)).toEqual([1_000]);
  });

  test("a pasted text as question asks for the day that all its lines name, and for none where it names ever so many", () => {
    const messages = among([{ text: "Our dog is a beagle.", timestamp: "2024-03-11T09:00:00Z" }]);
    const index = prepare(messages);
    const log = "2024-03-11 10:00:00 GET /\n".repeat(1_000);
    expect(readQuestion(log, index, undefined).days).toEqual([{ fromDay: 19_793, toDay: 19_793 }]);
    const days = Array.from({ length: 130_000 }, (_, day) =>
      new Date(day * 86_400_000).toISOString().slice(0, 10),
    );
    expect(readQuestion(days.join("\n"), index, undefined).days).toEqual([]);
    expect(select(index, days.join("\n"), 10)).toHaveLength(1);
  });
});
