import type { Message, ToolConfiguration } from "@aws-sdk/client-bedrock-runtime";
import { errorCatalog } from "@caprock/domain";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blocksOf, type ChatMessage, elementsOf, jsonText, membersOf } from "./converse.ts";
import { cutTextMarker } from "./cut-middle.ts";
import { type Fitted, fit } from "./fit.ts";
import type { ModelLimits } from "./model-limits.ts";
import { omittedJsonMarker } from "./shorten.ts";
import { brokenRules } from "./testing/chat-rules.ts";
import { plainChat, randomChat } from "./testing/random-chat.ts";
import { createTokenCounter, type TokenCounter } from "./token-counter.ts";

const counter = createTokenCounter({ factor: 1.15 });
const system = [{ text: "You help customers of a shop." }];
const toolConfig = { tools: [{ toolSpec: { name: "look_up", inputSchema: { json: { type: "object" } } } }] };
const reserveOutputTokens = 100;
const fixedTokens = counter.system(system) + counter.tools(toolConfig) + reserveOutputTokens;

function modelOf(contextWindowTokens: number): ModelLimits {
  return { contextWindowTokens, tokenizerFactor: 1.15 };
}

function sizeOf(messages: readonly ChatMessage[], by: TokenCounter = counter): number {
  return messages.reduce((sum, message) => sum + by.message(message), 0);
}

function attempt(messages: ChatMessage[], budgetTokens: number) {
  const model = modelOf(fixedTokens + budgetTokens);
  return fit({ system, toolConfig, history: messages }, { model, reserveOutputTokens, counter });
}

/** A chat, and a share of its size as the room for messages; small rooms are likelier than large ones. */
const chatInRoom = fc.tuple(randomChat, fc.integer({ min: 1, max: 1100 })).map(([messages, permille]) => {
  const budgetTokens = Math.floor((sizeOf(messages) * permille ** 2) / 1_000_000);
  return {
    messages,
    budgetTokens,
    result: attempt(messages, budgetTokens),
    snapshot: JSON.stringify(messages),
  };
});

/** The same 2,000 cases serve every rule, shortest chat first, so that the first failure is a small one. */
const cases = fc
  .sample(chatInRoom, { numRuns: 2000, seed: 20_261_122 })
  .sort((a, b) => a.messages.length - b.messages.length);

/** Runs a check on the cases that were not refused. */
function forFitted(check: (fitted: Fitted<ChatMessage>, messages: ChatMessage[], budget: number) => void) {
  for (const { messages, budgetTokens, result } of cases) {
    if (!("refused" in result)) {
      check(result, messages, budgetTokens);
    }
  }
}

function textsOf(message: ChatMessage): string[] {
  return blocksOf(message).flatMap((block) => {
    const results = elementsOf(membersOf(block.toolResult).content).map(membersOf);
    return [block, ...results].flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  });
}

/** Where each kept message stood, by what cutting cannot change: role, tool ids, and the beginning of its texts. */
function originOf(kept: ChatMessage, messages: readonly ChatMessage[], from: number): number {
  return messages.findIndex((message, index) => {
    if (index < from) {
      return false;
    }
    if (message === kept) {
      return true;
    }
    const originals = textsOf(message);
    return (
      message.role === kept.role &&
      blocksOf(message).length === blocksOf(kept).length &&
      textsOf(kept).every((text) => {
        const [head = "", tail = ""] = text.split(cutTextMarker);
        return (
          text === omittedJsonMarker ||
          originals.some((original) => original.startsWith(head) && original.endsWith(tail || original))
        );
      })
    );
  });
}

describe("for 2,000 random chats with tool loops, parallel calls, images and many scripts", {
  timeout: 60_000,
}, () => {
  test("what is sent is never over the window by the same counter, and the report adds up", () => {
    forFitted(({ messages, report }, original, budget) => {
      const fresh = createTokenCounter({ factor: 1.15 });
      expect(sizeOf(messages, fresh)).toBeLessThanOrEqual(budget);
      expect(report.tokens.messages).toBe(sizeOf(messages, fresh));
      expect(report.droppedMessages).toBe(original.length - messages.length);
      expect(report.droppedTokens).toBe(sizeOf(original) - report.tokens.messages);
    });
  });

  test("what is sent is a chat that Bedrock accepts: plain user turn first, roles alternate, calls with their results", () => {
    forFitted(({ messages }) => expect(brokenRules(messages)).toEqual([]));
  });

  test("the open question and the newest round of tool calls are kept", () => {
    forFitted(({ messages }, original) => {
      const asked = (chat: readonly ChatMessage[]) =>
        chat.findLastIndex(
          (message) => message.role === "user" && !blocksOf(message).some((b) => b.toolResult),
        );
      const head = messages[asked(messages)] as ChatMessage;
      expect(originOf(head, original, asked(original))).toBe(asked(original));
      const ids = (chat: readonly ChatMessage[]) =>
        blocksOf(chat.at(-1) as ChatMessage).map((block) => membersOf(block.toolResult).toolUseId);
      expect(ids(messages)).toEqual(ids(original));
    });
  });

  test("order is kept and nothing is invented but the markers", () => {
    forFitted(({ messages }, original) => {
      let from = 0;
      for (const message of messages) {
        const origin = originOf(message, original, from);
        expect(origin).toBeGreaterThanOrEqual(from);
        from = origin + 1;
      }
    });
  });

  test("the very array comes back when all fits", () => {
    for (const { messages } of cases) {
      const result = attempt(messages, sizeOf(messages));
      expect("messages" in result && result.messages).toBe(messages);
    }
  });

  test("fitting what was fitted changes nothing", () => {
    forFitted(({ messages }, _original, budget) => {
      const again = attempt(messages, budget);
      expect("messages" in again && again.messages).toBe(messages);
    });
  });

  test("a larger window keeps every message that a smaller one keeps, and never cuts more of them", () => {
    forFitted((small, messages, budget) => {
      for (const more of [1, 17, 400]) {
        const large = attempt(messages, budget + more);
        if ("refused" in large) {
          throw new Error("the larger window was refused");
        }
        const keptByLarge = new Set(large.messages);
        const originals = new Set(messages);
        const untouched = small.messages.filter((message) => originals.has(message));
        expect(untouched.every((message) => keptByLarge.has(message))).toBe(true);
        expect(large.messages.length).toBeGreaterThanOrEqual(small.messages.length);
        expect(large.report.cutMessages).toBeLessThanOrEqual(small.report.cutMessages);
      }
    });
  });

  test("the same input gives the same output, and the input is not changed", () => {
    for (const { messages, budgetTokens, result, snapshot } of cases) {
      expect(JSON.stringify(messages)).toBe(snapshot);
      if (snapshot.length < 20_000) {
        const again = attempt(JSON.parse(snapshot), budgetTokens);
        expect(JSON.stringify(again)).toBe(JSON.stringify(result));
      }
    }
  });

  test("surrogate pairs and JSON are never cut in half", () => {
    forFitted(({ messages }, original) => {
      const whole = new Set(original);
      for (const message of messages) {
        if (whole.has(message)) {
          continue;
        }
        expect(textsOf(message).every((text) => !/\p{Surrogate}/u.test(text))).toBe(true);
        const results = blocksOf(message).flatMap((block) => elementsOf(membersOf(block.toolResult).content));
        for (const { json } of results.map(membersOf)) {
          expect(json === undefined || original.some((one) => jsonText(one).includes(jsonText(json)))).toBe(
            true,
          );
        }
      }
    });
  });

  test("a chat is refused only when its head and newest round do not fit even with every text shortened", () => {
    let refusals = 0;
    for (const { messages, budgetTokens, result } of cases) {
      if (!("refused" in result)) {
        continue;
      }
      refusals++;
      const { code, message, details } = result.refused;
      expect(errorCatalog[code].httpStatus).toBe(400);
      expect(message).toContain(`the model's window has ${fixedTokens + budgetTokens}`);
      const leastTokens = Number(details?.leastTokens);
      expect(leastTokens).toBeGreaterThan(fixedTokens + budgetTokens);
      expect(attempt(messages, leastTokens - fixedTokens)).toHaveProperty("messages");
    }
    expect(refusals).toBeGreaterThan(20);
  });

  test("a malformed chat is never a crash", () => {
    const value = fc.anything({ maxDepth: 1, maxKeys: 3 });
    const message = fc.record({
      role: fc.constantFrom("user", "assistant", "system", "other"),
      content: fc.oneof(
        value,
        fc.array(
          fc.oneof(
            value,
            fc.dictionary(fc.constantFrom("text", "toolUse", "toolResult", "image", "json"), value),
          ),
        ),
      ),
    });
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), fc.nat(2000), (messages, budget) => {
        attempt(messages as ChatMessage[], budget);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a message larger than the window", () => {
  test("is cut head and tail around a marker, filling the room to a few percent", () => {
    const words = Array.from({ length: 20_000 }, (_, index) => `word${index}`).join(" ");
    const result = attempt([{ role: "user", content: [{ text: words }] }], 4000) as Fitted<ChatMessage>;
    const [text = ""] = textsOf(result.messages[0] as ChatMessage);
    expect(text.startsWith("word0 word1 ")).toBe(true);
    expect(text.endsWith(" word19998 word19999")).toBe(true);
    expect(text).toContain(cutTextMarker);
    expect(result.report.cutMessages).toBe(1);
    expect(result.report.tokens.messages).toBeGreaterThan(4000 * 0.95);
  });

  test("leaves a short question beside a long tool result whole", () => {
    const question = "Which of these contracts end this year?";
    const chat: ChatMessage[] = [
      { role: "user", content: [{ text: question }] },
      { role: "assistant", content: [{ toolUse: { toolUseId: "a", name: "look_up", input: {} } }] },
      {
        role: "user",
        content: [{ toolResult: { toolUseId: "a", content: [{ text: "row of data. ".repeat(9000) }] } }],
      },
    ];
    const result = attempt(chat, 2000) as Fitted<ChatMessage>;
    expect(result.messages[0]).toBe(chat[0]);
    expect(result.report.tokens.messages).toBeGreaterThan(2000 * 0.95);
  });

  test("two long texts share the room evenly", () => {
    const first = { text: "one long text. ".repeat(380) };
    const second = { text: "another one that is longer. ".repeat(3000) };
    const result = attempt([{ role: "user", content: [first, second] }], 2000) as Fitted<ChatMessage>;
    const [one = "", two = ""] = textsOf(result.messages[0] as ChatMessage).map((text) => counter.text(text));
    expect(counter.text(first.text)).toBeLessThan(1900);
    expect(Math.abs(Number(one) - Number(two))).toBeLessThan(50);
    expect(one).toBeGreaterThan(900);
  });

  test("a system message in it is never cut", () => {
    const aside: ChatMessage = { role: "system", content: [{ text: "Answer in French. ".repeat(340) }] };
    const chat: ChatMessage[] = [{ role: "user", content: [{ text: "Why? ".repeat(9000) }] }, aside];
    expect(counter.message(aside)).toBeGreaterThan(1400);
    expect((attempt(chat, 2000) as Fitted<ChatMessage>).messages[1]).toBe(aside);
  });
});

test("consecutive user turns are one question and are kept together, a system message between them too", () => {
  const one: ChatMessage = { role: "user", content: [{ text: "First this." }] };
  const aside: ChatMessage = { role: "system", content: [{ text: "Answer briefly." }] };
  const two: ChatMessage = { role: "user", content: [{ text: "And that?" }] };
  const chat = [...plainChat(40, 25), one, aside, two];
  const result = attempt(chat, sizeOf([one, aside, two])) as Fitted<ChatMessage>;
  expect(result.messages).toEqual([one, aside, two]);
});

describe("growth", { timeout: 60_000 }, () => {
  /** Counts calls and characters, and remembers nothing, so every question asked of it is work. */
  class CountingCounter implements TokenCounter {
    calls = 0;
    characters = 0;
    text(text: string) {
      this.calls++;
      this.characters += text.length;
      return Math.ceil(text.length / 4);
    }
    json(value: unknown) {
      return this.text(jsonText(value));
    }
    message(message: ChatMessage) {
      return 4 + textsOf(message).reduce((sum, text) => sum + this.text(text), 0);
    }
    system() {
      return 0;
    }
    tools() {
      return 0;
    }
  }

  test.each([10_000, 50_000])("of %i messages each is counted at most twice", (size) => {
    const chat = plainChat(size - 1, 25);
    for (const windowTokens of [8000, size * 20]) {
      const counting = new CountingCounter();
      fit({ history: chat }, { model: modelOf(windowTokens), reserveOutputTokens: 1000, counter: counting });
      expect(counting.calls).toBeLessThan(2 * size);
    }
  });

  test("a huge text is read a fixed number of times, however long it is", () => {
    for (const length of [100_000, 1_000_000]) {
      const chat: ChatMessage[] = [{ role: "user", content: [{ text: "data ".repeat(length / 5) }] }];
      const counting = new CountingCounter();
      fit({ history: chat }, { model: modelOf(length / 8), reserveOutputTokens: 10, counter: counting });
      expect(counting.characters).toBeLessThan(14 * length);
    }
  });
});

test("in a 600-message chat with a 4k window a prompt cache can reuse at least 65 % of what is sent", () => {
  const chat = plainChat(599, 25);
  let previous: readonly ChatMessage[] = [];
  let sent = 0;
  let reused = 0;
  for (let end = 1; end <= chat.length; end += 2) {
    const prompt = { history: chat.slice(0, end) };
    const { messages } = fit(prompt, {
      model: modelOf(4096),
      reserveOutputTokens: 512,
      counter,
    }) as Fitted<ChatMessage>;
    sent += sizeOf(messages);
    const differs = messages.findIndex((message, index) => message !== previous[index]);
    reused += sizeOf(messages.slice(0, differs));
    previous = messages;
  }
  expect(reused / sent).toBeGreaterThan(0.65);
});

test("the tool configuration counts against the window and is reported", () => {
  const messages = plainChat(3, 25);
  const { report } = attempt(messages, 1000) as Fitted<ChatMessage>;
  expect(report.tokens.tools).toBe(counter.tools(toolConfig));
  expect(report.tokens.tools).toBeGreaterThan(549);
  const tight = { model: modelOf(report.tokens.tools), reserveOutputTokens: 0, counter };
  expect(fit({ toolConfig, history: messages }, tight)).toHaveProperty("refused.code", "context_too_long");
});

test("the SDK's types go in and come out", () => {
  const messages: Message[] = [{ role: "user", content: [{ text: "Hello" }] }];
  const tools: ToolConfiguration = { tools: [] };
  const result = fit(
    { history: messages, toolConfig: tools },
    { model: modelOf(1000), reserveOutputTokens: 10, counter },
  );
  const back: Message[] = "messages" in result ? result.messages : [];
  expect(back).toBe(messages);
});
