/** The rules that `fit` keeps, each as a check of one case that is independent of how `fit` works. */

import { clearedResultMarker } from "../clear-tool-results.ts";
import {
  blocksOf,
  type ChatMessage,
  type ContentBlock,
  elementsOf,
  jsonText,
  membersOf,
} from "../converse.ts";
import { cutTextMarker } from "../cut-middle.ts";
import { type Fitted, fit } from "../fit.ts";
import { omittedJsonMarker } from "../shorten.ts";
import { planSummary } from "../summarise/plan-summary.ts";
import { summarise } from "../summarise/summarise.ts";
import { createTokenCounter } from "../token-counter.ts";
import { brokenRules } from "./chat-rules.ts";
import { caseCounter, earlierId, type FitCase, goOn } from "./fit-cases.ts";

/** Said of a case that the rule has nothing to say about, so that only real checks are counted. */
export const notChecked = Symbol("not checked");

type Verdict = string | undefined | typeof notChecked;

/** What is wrong, in words; undefined when the rule holds. */
export type Rule = (one: FitCase) => Verdict | Promise<Verdict>;

export type Sent = Fitted<ChatMessage>;

export function attempt({ input, options, modelWith }: FitCase, roomTokens: number) {
  return fit(input, { ...options, model: modelWith(roomTokens) });
}

/** What was sent at the case's own room; undefined when it was refused. */
export function sentOf(one: FitCase): Sent | undefined {
  const known = results.get(one);
  if (known !== undefined) {
    return known === "refused" ? undefined : known;
  }
  const result = attempt(one, one.roomTokens);
  results.set(one, "refused" in result ? "refused" : result);
  return "refused" in result ? undefined : result;
}

const results = new WeakMap<FitCase, Sent | "refused">();

function forSent(check: (sent: Sent, one: FitCase) => string | undefined): Rule {
  return (one) => {
    const sent = sentOf(one);
    return sent ? check(sent, one) : notChecked;
  };
}

const ownBlock = /^<(?:documents|memories|earlier_turns|preferences|summary)\b/;

/** A message without what `fit` adds to it: quotes before the question, and cache points. */
function withoutAdded({ role, content = [] }: ChatMessage): ChatMessage {
  const isOwn = ({ text, cachePoint }: ContentBlock) =>
    cachePoint !== undefined || (typeof text === "string" && ownBlock.test(text));
  return content.some(isOwn)
    ? { role, content: content.filter((block) => !isOwn(block)) }
    : { role, content };
}

export function textsOf(message: ChatMessage): string[] {
  return blocksOf(message).flatMap((block) => {
    const inner = elementsOf(membersOf(block.toolResult).content).map(membersOf);
    return [block, ...inner].flatMap(({ text }) => (typeof text === "string" ? [text] : []));
  });
}

function idsOf(message: ChatMessage | undefined): readonly unknown[] {
  return message
    ? blocksOf(message).map(({ toolUse, toolResult }) => membersOf(toolUse ?? toolResult).toolUseId)
    : [];
}

/** The tool calls that the last message answers. */
function newestIds(chat: readonly ChatMessage[]): string {
  const last = chat.at(-1);
  return last ? idsOf(withoutAdded(last)).join() : "";
}

/** Whether a message is what another became: the same blocks, texts cut or cleared with a marker at most. */
function isMadeOf(kept: ChatMessage, original: ChatMessage): boolean {
  const bare = withoutAdded(kept);
  const originals = textsOf(original);
  return (
    bare.role === original.role &&
    blocksOf(bare).length === blocksOf(original).length &&
    idsOf(bare).join() === idsOf(original).join() &&
    textsOf(bare).every((text) => {
      const [head = "", tail = ""] = text.split(cutTextMarker);
      return (
        text === omittedJsonMarker ||
        text === clearedResultMarker ||
        originals.some((one) => one.startsWith(head) && one.endsWith(tail || one))
      );
    })
  );
}

function askedAt(chat: readonly ChatMessage[]): number {
  return chat.findLastIndex(
    ({ role, content = [] }) =>
      role === "user" && !content.some(({ toolResult }) => toolResult !== undefined),
  );
}

function missingIds({ report }: Sent): ReadonlySet<string> {
  const gone = report.changes.filter(
    ({ part, action }) => part === "history" && action !== "cut" && action !== "cleared",
  );
  return new Set(gone.flatMap(({ ids }) => ids).filter((id) => !id.startsWith(earlierId)));
}

/** What is quoted of the turns before the history. */
function earlierIds({ report }: Sent): readonly string[] {
  const recalled = report.changes.filter(({ action }) => action === "recalled");
  return recalled.flatMap(({ ids }) => ids).filter((id) => id.startsWith(earlierId));
}

/** Whether two fits dropped and changed the same, so that the longer chat met no eviction step. */
function isSameCut(first: Sent, second: Sent): boolean {
  const changed = (sent: Sent) => sent.report.changes.filter(({ action }) => action !== "dropped");
  return (
    second.report.droppedMessages <= first.report.droppedMessages &&
    JSON.stringify(changed(first)) === JSON.stringify(changed(second))
  );
}

/** Less than the turns that `withMoreTurns` adds count, so that there is always something to summarise. */
const mostUnsummarisedTokens = 60;

function withMoreTurns({ history, turnIds }: FitCase["input"]): [ChatMessage[], string[]] {
  let chat: ChatMessage[] = [...history];
  for (let turn = 0; turn < 6; turn++) {
    chat = goOn(chat, true);
  }
  return [chat, chat.map((_, index) => turnIds[index] ?? `turn-${index}`)];
}

/** Numbered as the rules are in the package's README. */
export const fitRules: Readonly<Record<string, Rule>> = {
  "1 never over the window by the same counter, and the report says what is sent": forSent(
    ({ system, toolConfig, messages, report }, one) => {
      const fresh = createTokenCounter({ factor: 1.15 });
      const prompt =
        fresh.system(system) +
        fresh.tools(toolConfig) +
        messages.reduce((sum, message) => sum + fresh.message(message), 0);
      const model = one.modelWith(one.roomTokens);
      if (prompt > model.contextWindowTokens - one.options.reserveOutputTokens) {
        return `${prompt} tokens do not fit`;
      }
      return prompt > report.promptTokens ? `${prompt} tokens, reported ${report.promptTokens}` : undefined;
    },
  ),
  "2-4 plain user turn first, roles alternate, last is the user's, calls with their results": forSent(
    ({ messages }) => brokenRules(messages).join("; ") || undefined,
  ),
  "5 the open question is kept, and in a tool loop its newest calls with their results": forSent(
    ({ messages }, { input: { history } }) => {
      const question = messages[askedAt(messages)];
      const original = history[askedAt(history)];
      if (!question || !original || !isMadeOf(question, original)) {
        return "the question is another";
      }
      return newestIds(messages) === newestIds(history) ? undefined : "the newest round is another";
    },
  ),
  "6 a typed refusal exactly when even the least does not fit": (one) => {
    const refusal = attempt(one, -1_000);
    if (!("refused" in refusal)) {
      return "sent without any room";
    }
    const { code, details } = refusal.refused;
    const window = one.modelWith(0).contextWindowTokens;
    const least = Number(details?.leastTokens) - window;
    if (code !== "context_too_long" || "refused" in attempt(one, least)) {
      return `${code}, and ${least} tokens are refused too`;
    }
    return "refused" in attempt(one, least - 1) ? undefined : `${least - 1} tokens are enough`;
  },
  "7 order is kept and nothing is invented but markers and quotes": forSent(
    ({ messages }, { input: { history } }) => {
      let from = 0;
      for (const message of messages) {
        const found = history.findIndex(
          (original, index) => index >= from && (original === message || isMadeOf(message, original)),
        );
        if (found < from) {
          return `message from nowhere: ${JSON.stringify(message).slice(0, 200)}`;
        }
        from = found + 1;
      }
      return undefined;
    },
  ),
  "8 the very array comes back when everything fits and nothing is added": (one) => {
    const { history, toolConfig, system, turnIds } = one.input;
    const { cachePoints, ...options } = one.options;
    const room = history.reduce((sum, message) => sum + caseCounter.message(message), 0);
    const result = attempt({ ...one, input: { system, toolConfig, history, turnIds }, options }, room);
    return "messages" in result && result.messages === history ? undefined : "another array";
  },
  "9 fitting what was fitted changes nothing": forSent(({ system, toolConfig, messages }, one) => {
    const again = attempt(
      {
        ...one,
        input: { system, toolConfig, history: messages, turnIds: [] },
      },
      one.roomTokens,
    );
    return "messages" in again && again.report.droppedMessages === 0 && isSame(again, one, messages)
      ? undefined
      : "it changed";
  }),
  "10 a larger window drops no message that a smaller one keeps, cuts no more of them, and quotes no less from before":
    forSent((small, one) => {
      for (const more of [1, 17, 400]) {
        const large = attempt(one, one.roomTokens + more);
        if ("refused" in large) {
          return "the larger window was refused";
        }
        const gone = missingIds(small);
        const lost = [...missingIds(large)].filter((id) => !gone.has(id));
        if (lost.length > 0 || large.report.cutMessages > small.report.cutMessages) {
          return `with ${more} more: lost ${lost.join()}, cut ${large.report.cutMessages}`;
        }
        const quoted = new Set(earlierIds(large));
        if (!earlierIds(small).every((id) => quoted.has(id))) {
          return `with ${more} more: quotes less of what was said before`;
        }
      }
      return undefined;
    }),
  "11-12 the same input gives the same output, and is not changed": (one) => {
    const before = JSON.stringify(one.input);
    const first = JSON.stringify(sentOf(one));
    const second = attempt({ ...one, input: JSON.parse(before) }, one.roomTokens);
    if (JSON.stringify(one.input) !== before) {
      return "the input was changed";
    }
    return JSON.stringify("refused" in second ? undefined : second) === first
      ? undefined
      : "the output differs";
  },
  "14 appending a turn keeps what was sent a prefix until something is dropped": (one) => {
    const { history, system, toolConfig, turnIds } = one.input;
    const options = { ...one.options, recall: undefined, cachePoints: undefined };
    const send = (chat: ChatMessage[], room: number) =>
      attempt({ ...one, input: { system, toolConfig, history: chat, turnIds }, options }, room);
    const longer = goOn(history, true);
    for (let room = Math.max(50, one.roomTokens); room < 1e9; room *= 2) {
      const [first, second] = [send(history, room), send(longer, room)];
      if ("refused" in first || "refused" in second || !isSameCut(first, second)) {
        continue;
      }
      return first.messages.every((message, index) => jsonText(message) === jsonText(second.messages[index]))
        ? undefined
        : "no prefix";
    }
    return "something is dropped in any room";
  },
  "15 a message larger than the window is cut head and tail with a marker": (one) => {
    const text = `The head of it. ${"Much more of the same. ".repeat(300)}The tail of it.`;
    const history: ChatMessage[] = [...goOn(one.input.history, false), { role: "user", content: [{ text }] }];
    const { system, toolConfig } = one.input;
    const sent = attempt({ ...one, input: { system, toolConfig, history, turnIds: [] } }, 600);
    const last = "messages" in sent ? sent.messages.at(-1) : undefined;
    const cut = last ? String(textsOf(withoutAdded(last))[0]) : "";
    return cut.startsWith("The head") && cut.endsWith("tail of it.") && cut.includes(cutTextMarker)
      ? undefined
      : "not cut";
  },
  "16 a summary stands for exactly what its summariser was shown, once, also when it fails": async (one) => {
    const [history, turnIds] = withMoreTurns(one.input);
    const shown: string[] = [];
    let chunks = 0;
    const plan = planSummary(history, turnIds, undefined, {
      historyTokens: Math.max(1, Math.min(one.roomTokens, mostUnsummarisedTokens)),
      chunkTokens: 400,
      counter: caseCounter,
    });
    if (!plan) {
      return "nothing to summarise";
    }
    const { summary } = await summarise(plan, {
      async summarise({ messages }) {
        if (chunks++ === one.failsAtChunk) {
          throw new Error("The model is busy.");
        }
        shown.push(...messages.map((message) => turnIds[history.indexOf(message)] ?? "?"));
        return `Summary ${chunks}`;
      },
    });
    if (shown.join() !== turnIds.slice(0, shown.length).join() || summary?.throughTurnId !== shown.at(-1)) {
      return `shown ${shown.join()}, through ${summary?.throughTurnId}`;
    }
    const sent = attempt({ ...one, input: { ...one.input, history, turnIds, summary } }, one.roomTokens);
    const replaced =
      "report" in sent ? sent.report.changes.filter(({ action }) => action === "summarised") : [];
    return replaced.flatMap(({ ids }) => ids).every((id) => shown.includes(id))
      ? undefined
      : "more was replaced";
  },
  "17 surrogate pairs and JSON of tool results are never cut in half": forSent(
    ({ messages }, { input: { history } }) => {
      const whole = new Set(history);
      for (const message of messages.filter((one) => !whole.has(one))) {
        if (textsOf(message).some((text) => /\p{Surrogate}/u.test(text))) {
          return "half a surrogate pair";
        }
        const inner = blocksOf(message).flatMap(({ toolResult }) =>
          elementsOf(membersOf(toolResult).content),
        );
        const jsons = inner
          .map(membersOf)
          .flatMap(({ json }) => (json === undefined ? [] : [jsonText(json)]));
        if (!jsons.every((json) => history.some((original) => jsonText(original).includes(json)))) {
          return "another JSON";
        }
      }
      return undefined;
    },
  ),
  "18 the tools are there whenever a tool call or result is": forSent(({ toolConfig, messages }) => {
    const uses = messages.some((message) =>
      blocksOf(message).some((block) => block.toolUse ?? block.toolResult),
    );
    return uses && elementsOf(toolConfig?.tools).length === 0 ? "no tools" : undefined;
  }),
  "pinned parts are whole, or the call is refused": forSent(({ system, messages }, { input }) => {
    const text = [...(system ?? []), ...messages.flatMap(({ content = [] }) => content)]
      .map(({ text }) => String(text))
      .join("\n");
    const pinned = [...(input.preferences ?? []), ...(input.memories ?? []), ...(input.documents ?? [])];
    return pinned.every(({ pinned, text: whole }) => !pinned || holds(text, whole))
      ? undefined
      : "one is missing";
  }),
};

/** Whether a prompt holds a text, whatever was done to keep its tags from being read as ours. */
function holds(prompt: string, text: string): boolean {
  return prompt.includes(text.trim().replaceAll(/<(?=\/?document)/g, "&lt;"));
}

function isSame(again: Sent, { options }: FitCase, messages: readonly ChatMessage[]): boolean {
  // Cache points are set where there are none yet, so a second run may find the first place for one.
  return options.cachePoints
    ? JSON.stringify(again.messages.map(withoutAdded)) === JSON.stringify(messages.map(withoutAdded))
    : again.messages === messages;
}
