/** Benchmark: what fitting a long chat takes, with LangChain's trimMessages beside it, and what of it a cache can reuse. */
import { performance } from "node:perf_hooks";
import { type ChatMessage, createTokenCounter, fit } from "@caprock/context";
import { plainChat } from "@caprock/context/testing";
import { AIMessage, type BaseMessage, HumanMessage, trimMessages } from "@langchain/core/messages";
import { printTable } from "./print-table.ts";

const budgetTokens = 8_000;
const words = 25;
const rounds = 7;
/** Above this, one run of trimMessages takes minutes. */
const mostForTrimming = 10_000;

const model = { contextWindowTokens: budgetTokens + 1_000, tokenizerFactor: 1 };

function textOf(message: ChatMessage): string {
  return String(message.content?.[0]?.text);
}

function langChainOf(chat: readonly ChatMessage[]): BaseMessage[] {
  return chat.map((message) =>
    message.role === "user" ? new HumanMessage(textOf(message)) : new AIMessage(textOf(message)),
  );
}

function charactersOverFour(messages: BaseMessage[]): number {
  return messages.reduce((sum, { content }) => sum + Math.ceil(String(content).length / 4), 0);
}

async function medianMs<Given = undefined>(
  times: number,
  work: (given: Given) => unknown,
  give: () => Given = () => undefined as Given,
): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < times; round += 1) {
    const given = give();
    const startedAt = performance.now();
    await work(given);
    took.push(performance.now() - startedAt);
  }
  return took.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN;
}

/** Each message is new, as when a chat was just read; again, with a counter that is kept, which has measured all. */
async function timeFitting(chat: ChatMessage[]): Promise<{ readonly first: number; readonly again: number }> {
  const options = { model, reserveOutputTokens: 1_000 };
  const anew = () => chat.map((message) => ({ ...message }));
  const first = await medianMs(rounds, (history) => fit({ history }, options), anew);
  const kept = { ...options, counter: createTokenCounter({ factor: model.tokenizerFactor }) };
  const again = await medianMs(rounds, () => fit({ history: chat }, kept));
  return { first, again };
}

function trim(messages: BaseMessage[], maxTokens: number): Promise<BaseMessage[]> {
  return trimMessages(messages, { maxTokens, tokenCounter: charactersOverFour, strategy: "last" });
}

const rows: string[][] = [];
for (const size of [100, 1_000, 10_000, 50_000]) {
  const chat = plainChat(size - 1, words);
  const { first, again } = await timeFitting(chat);
  const messages = langChainOf(chat);
  const trimmed =
    size <= mostForTrimming
      ? (await medianMs(size < mostForTrimming ? 3 : 1, () => trim(messages, budgetTokens))).toFixed(1)
      : "not run";
  rows.push([String(size), first.toFixed(2), again.toFixed(2), trimmed]);
}
printTable(
  `Fitting a chat of ${words}-word messages into ${budgetTokens} tokens, median ms`,
  ["messages", "fit, all counted anew", "fit, counts remembered", "trimMessages, characters / 4"],
  rows,
);

const longChat = plainChat(599, words);

/** trimMessages returns copies, so what is sent is compared by content. */
function contentOf(message: unknown): string {
  return JSON.stringify((message as ChatMessage | BaseMessage | undefined)?.content ?? null);
}

/** The share of what is sent that was the beginning of what was sent a turn before. */
async function reusable(
  send: (chat: ChatMessage[]) => Promise<readonly unknown[]> | readonly unknown[],
): Promise<number> {
  let [sent, reused]: [number, number] = [0, 0];
  let previous: readonly unknown[] = [];
  for (let end = 1; end <= longChat.length; end += 2) {
    const messages = await send(longChat.slice(0, end));
    const differs = messages.findIndex((message, index) => contentOf(message) !== contentOf(previous[index]));
    sent += messages.length;
    reused += differs < 0 ? messages.length : differs;
    previous = messages;
  }
  return reused / sent;
}

const counter = createTokenCounter({ factor: 1 });
const byFit = await reusable((history) => {
  const fitted = fit(
    { history },
    { model: { ...model, contextWindowTokens: 4_096 }, reserveOutputTokens: 0, counter },
  );
  return "refused" in fitted ? [] : fitted.messages;
});
const asLangChain = langChainOf(longChat);
const byTrimming = await reusable((part) => trim(asLangChain.slice(0, part.length), 4_096));
printTable(
  "Messages that a prompt cache can reuse, 600-message chat, 4k window",
  ["", "reusable"],
  [
    ["fit", `${(byFit * 100).toFixed(0)} %`],
    ["trimMessages", `${(byTrimming * 100).toFixed(0)} %`],
  ],
);
