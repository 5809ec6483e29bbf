/** Bedrock's rules for a chat, checked independently of how `fit` works. */
import { blocksOf, type ChatMessage, membersOf } from "../converse.ts";

function idsOf(message: ChatMessage | undefined, kind: "toolUse" | "toolResult"): string[] {
  return message === undefined
    ? []
    : blocksOf(message)
        .filter((block) => block[kind] !== undefined)
        .map((block) => String(membersOf(block[kind]).toolUseId))
        .sort();
}

/** The rules that a chat breaks, in words; system messages take no part in the order of roles. */
export function brokenRules(messages: readonly ChatMessage[]): string[] {
  const broken: string[] = [];
  const turns = messages.filter((message) => message.role !== "system");
  const [first] = messages;
  if (first?.role !== "user" || idsOf(first, "toolResult").length > 0) {
    broken.push("the first message is not a plain user turn");
  }
  if (turns.at(-1)?.role !== "user") {
    broken.push("the last turn is not the user's");
  }
  turns.forEach((turn, index) => {
    if (index > 0 && turn.role === turns[index - 1]?.role) {
      broken.push(`turn ${index} has the role of the turn before it`);
    }
    const calls = turn.role === "assistant" ? idsOf(turn, "toolUse") : [];
    const results = idsOf(turns[index + 1], "toolResult");
    if (turn.role === "assistant" && calls.join() !== results.join()) {
      broken.push(`calls of turn ${index} are not the results of the next`);
    }
  });
  return broken;
}
