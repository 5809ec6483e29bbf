/**
 * What is "remembered" of a conversation: a small, deterministic set of rules in place of AgentCore's models. It knows
 * English sentences that begin with "I am", "my … is", "I like" and the like, and nothing else.
 */
import type { StoredEvent, Strategy } from "./state.ts";

export interface Extract {
  readonly text: string;
  /** A later extract with this key in the same namespace replaces it. */
  readonly key: string;
}

interface Said {
  readonly role: string;
  readonly text: string;
}

const factPattern = /\b(?:my ([\w' -]{1,60}?) (?:is|are|was)|i(?:'m| am| was| have| live| work| own))\b/i;
const preferencePattern = /\bi (?:really )?(?:like|love|prefer|enjoy|hate|dislike|always want|never want)\b/i;
const longestSummary = 2_000;

/** Extracts of one event for one strategy; `earlier` are the session's events up to and including it. */
export function extract(
  type: Strategy["type"],
  event: StoredEvent,
  earlier: readonly StoredEvent[],
): Extract[] {
  const said = messagesOf(event);
  const sentences = said.filter(({ role }) => role === "USER").flatMap(({ text }) => sentencesOf(text));
  switch (type) {
    case "SEMANTIC":
      return sentences
        .filter((text) => factPattern.test(text) && !preferencePattern.test(text))
        .map((text) => ({ text, key: factKey(text) }));
    case "USER_PREFERENCE":
      return sentences
        .filter((text) => preferencePattern.test(text))
        .map((text) => ({
          text: JSON.stringify({ context: "Said by the user", preference: text, categories: [] }),
          key: text.toLowerCase(),
        }));
    case "SUMMARIZATION": {
      const all = earlier.flatMap(messagesOf).map(({ role, text }) => `${role}: ${text}`);
      return [
        { text: `<topic name="Session">${all.join("\n").slice(-longestSummary)}</topic>`, key: "summary" },
      ];
    }
    case "EPISODIC": {
      const all = earlier.flatMap(messagesOf);
      const asked = all.find(({ role }) => role === "USER")?.text ?? "";
      const answered = all.findLast(({ role }) => role === "ASSISTANT")?.text ?? "";
      const short = (text: string) => text.slice(0, 400);
      return [{ text: JSON.stringify({ intent: short(asked), outcome: short(answered) }), key: "episode" }];
    }
    case "CUSTOM":
      return [];
  }
}

/** "My cat's name is Momo" and, later, "my cat's name is Milo" are about one thing. */
function factKey(text: string): string {
  const subject = factPattern.exec(text)?.[1];
  return (subject === undefined ? text : `my ${subject}`).toLowerCase();
}

function sentencesOf(text: string): string[] {
  return text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter(Boolean);
}

/** What is extracted from: conversation and JSON; blobs never are. */
function messagesOf({ payload }: StoredEvent): Said[] {
  return payload.flatMap(({ conversational, json }) => {
    if (json !== undefined) {
      return [{ role: "OTHER", text: JSON.stringify(json) }];
    }
    const message = conversational as { role: string; content: { text: string } } | undefined;
    return message === undefined ? [] : [{ role: message.role, text: message.content.text }];
  });
}
