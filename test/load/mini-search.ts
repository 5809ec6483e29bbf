/** minisearch as it comes, over the texts and speakers of a conversation. */
import type { ConversationMessage } from "@caprock/context";
import MiniSearch from "minisearch";

export function miniSearchOf(messages: readonly ConversationMessage[]): MiniSearch {
  const search = new MiniSearch({ fields: ["text", "speaker"] });
  search.addAll(messages);
  return search;
}
