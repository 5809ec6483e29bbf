/** Random Converse chats for property tests: tool loops, parallel calls, images, many scripts, system messages, huge turns. */
import fc from "fast-check";
import type { ChatMessage, ContentBlock } from "../converse.ts";

const phrases = [
  "Where is my order? It should have come on Tuesday.",
  "function total(items: Item[]): number { return items.reduce((sum, item) => sum + item.price, 0); }",
  '{"id": 4711, "state": "open", "tags": ["a", "b"], "ratio": 0.25}',
  "水箱有一道裂缝，一加水就漏。",
  "新しいものと交換していただけますか。",
  "배송비는 누가 부담하나요?",
  "Кто оплачивает доставку?",
  "من يدفع تكاليف الشحن؟",
  "พอเติมน้ำแล้วน้ำก็รั่วออกมา",
  "🎉🙏👩‍💻🔥😀 done ✅",
  "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  "2026-11-04T10:22:31.512Z ERROR [worker-3] connection reset by peer after 1803 ms\n",
];

const text = fc
  .tuple(fc.nat(phrases.length - 1), fc.nat(5), fc.nat(99))
  .map(([phrase, repeats, chance]) =>
    `${phrases[phrase]} `.repeat(chance < 2 ? 30 * (repeats + 1) : repeats + 1),
  );

const image: ContentBlock = { image: { format: "png", source: { bytes: "iVBORw0KGgo=" } } };

interface Call {
  readonly kind: number;
  readonly payload: string;
}

const round = fc.array(fc.record({ kind: fc.nat(3), payload: text }), { minLength: 1, maxLength: 3 });

const exchange = fc.record({
  question: text,
  extras: fc.nat(19),
  rounds: fc.array(round, { maxLength: 4 }),
  answer: text,
});

function resultContent(call: Call): ContentBlock {
  switch (call.kind) {
    case 0:
      return { json: { rows: [call.payload], note: "all of it" } };
    case 1:
      return image;
    default:
      return { text: call.payload };
  }
}

function roundMessages(calls: readonly Call[], name: string): ChatMessage[] {
  const id = (index: number): string => `${name}-${index}`;
  return [
    {
      role: "assistant",
      content: calls.map((call, index) => ({
        toolUse: { toolUseId: id(index), name: "look_up", input: { query: call.payload.slice(0, 40) } },
      })),
    },
    {
      role: "user",
      content: calls.map((call, index) => ({
        toolResult: { toolUseId: id(index), content: [resultContent(call)], status: "success" },
      })),
    },
  ];
}

/**
 * A chat that Bedrock accepts: its last exchange is open, the others answered. One in ten questions carries an
 * image, one in twenty is followed by a system message, one in twenty ends with an unknown kind of block.
 */
export const randomChat: fc.Arbitrary<ChatMessage[]> = fc
  .array(exchange, { minLength: 1, maxLength: 10 })
  .map((exchanges) =>
    exchanges.flatMap(({ question, extras, rounds, answer }, index): ChatMessage[] => {
      const content: ContentBlock[] = [{ text: question }];
      if (extras === 0 || extras === 1) {
        content.push(image);
      }
      if (extras === 2) {
        content.push({ novelty: { note: question.slice(0, 30) } } as ContentBlock);
      }
      const aside: ChatMessage[] =
        extras === 3 ? [{ role: "system", content: [{ text: "Answer briefly." }] }] : [];
      const loop = rounds.flatMap((calls, at) => roundMessages(calls, `call-${index}-${at}`));
      const end: ChatMessage[] =
        index === exchanges.length - 1 ? [] : [{ role: "assistant", content: [{ text: answer }] }];
      return [{ role: "user", content }, ...aside, ...loop, ...end];
    }),
  );

/** Chat turns of about `words` English words each, user first and last, for tests of growth and of reuse. */
export function plainChat(messages: number, words: number): ChatMessage[] {
  const vocabulary = "the order came late and we would like to know when our money is sent back to us".split(
    " ",
  );
  return Array.from({ length: messages }, (_, index) => ({
    role: index % 2 === 0 ? "user" : "assistant",
    content: [
      { text: Array.from({ length: words }, (_, at) => vocabulary[(index * 7 + at * 5) % 18]).join(" ") },
    ],
  }));
}
