import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { ChatMessage } from "./converse.ts";
import { type MessageMeasure, MessageMeasures, measureEdition, measureMessage } from "./message-measure.ts";
import { randomChat } from "./testing/random-chat.ts";
import { textSamples } from "./testing/text-samples.ts";
import { createTokenCounter } from "./token-counter.ts";

/** Counts how often its text is read. */
class ReadMessage implements ChatMessage {
  readonly role = "user";
  reads = 0;

  get content() {
    this.reads += 1;
    return [{ text: "What is my order number?" }];
  }
}

test("a message is read once, whichever model it is counted for, and however its estimate is corrected", () => {
  const message = new ReadMessage();
  const measures = new MessageMeasures();
  const counts = [1, 1.15, 1.5, 1.15].map((factor) =>
    createTokenCounter({ factor, measures }).message(message),
  );
  expect(message.reads).toBe(1);
  expect(counts[3]).toBe(counts[1]);
  expect(counts[2]).toBeGreaterThan(counts[0]!);
});

test("a message whose measure was kept is not read at all, and counts for every model as it would anew", () => {
  const factor = fc.double({ min: 0.5, max: 3, noNaN: true });
  fc.assert(
    fc.property(randomChat, factor, (messages, by) => {
      for (const message of messages) {
        const kept: MessageMeasure = JSON.parse(JSON.stringify(measureMessage(message)));
        const again = new ReadMessage();
        const measures = new MessageMeasures();
        measures.recall(again, kept);
        const counter = createTokenCounter({ factor: by, measures });
        expect(counter.message(again)).toBe(counter.message(message));
        expect(again.reads).toBe(0);
      }
    }),
  );
});

test("what anything is measured as changes with the edition alone, or what is kept would be wrong", () => {
  const bytes = Buffer.from("%PDF-1.7 ".repeat(30)).toString("base64");
  const messages: ChatMessage[] = [
    ...textSamples.map(({ text }) => ({ role: "user", content: [{ text }] })),
    {
      role: "user",
      content: [
        { image: { format: "png", source: { bytes } } },
        { document: { name: "a", format: "pdf", source: { bytes } } },
        { document: { name: "b", format: "txt", source: { bytes } } },
        { toolUse: { toolUseId: "t", name: "find", input: { order: 7 } } },
        { toolResult: { toolUseId: "t", content: [{ text: "found" }, { json: { order: 7 } }] } },
        { reasoningContent: { reasoningText: { text: "so", signature: "c2lnbmF0dXJl" } } },
        { video: { format: "mp4", source: { bytes } } },
        { cachePoint: { type: "default" } },
      ],
    },
  ];
  const measures = JSON.stringify(messages.map(measureMessage));
  const digest = createHash("sha256").update(measures).digest("hex").slice(0, 16);
  expect([measureEdition, digest]).toEqual([1, "0b399231d6f6f025"]);
});
