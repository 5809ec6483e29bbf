/** Reads chit-chat.txt: twenty-six real chats, one a week, with questions whose evidence is known. */
import { readFileSync } from "node:fs";
import type { AskedQuestion, LongConversation } from "./long-conversation.ts";

const msPerWeek = 7 * 86_400_000;
const firstChatAtMs = Date.UTC(2024, 0, 3, 18);
const file = new URL("./chit-chat.txt", import.meta.url);

/** All chats as one conversation of two people; `heldOut` questions were written when words and weights were settled. */
export function chitChat(): { readonly tuned: LongConversation; readonly heldOut: LongConversation } {
  const messages: { id: string; speaker: string; text: string; session: number; timestamp: number }[] = [];
  const tuned: AskedQuestion[] = [];
  const heldOut: AskedQuestion[] = [];
  let session = -1;
  let turn = 0;
  for (const line of readFileSync(file, "utf8").trim().split("\n")) {
    if (line.startsWith("#")) {
      continue;
    }
    if (line.startsWith("==")) {
      session += 1;
      turn = 0;
      continue;
    }
    const asked = /^(\?\??) (.*) \| ([\d,]+)$/.exec(line);
    if (asked) {
      const [, mark = "", text = "", turns = ""] = asked;
      const evidence = turns.split(",").map((number) => `${session}:${number}`);
      (mark === "?" ? tuned : heldOut).push({ text, evidence });
      continue;
    }
    const [speaker = ""] = line.split(":", 1);
    const timestamp = firstChatAtMs + session * msPerWeek + turn * 60_000;
    messages.push({
      id: `${session}:${turn}`,
      speaker,
      text: line.slice(speaker.length + 2),
      session,
      timestamp,
    });
    turn += 1;
  }
  return { tuned: { messages, questions: tuned }, heldOut: { messages, questions: heldOut } };
}
