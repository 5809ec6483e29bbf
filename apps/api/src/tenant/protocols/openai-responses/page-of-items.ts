/** One page of the input items of a stored response. */
import type { Refusal } from "@caprock/domain";
import { refuseInvalid } from "../openai/refuse-invalid.ts";
import type { StoredItem } from "./to-input-items.ts";

export interface ItemPage {
  readonly object: "list";
  readonly data: readonly StoredItem[];
  readonly first_id: string | null;
  readonly last_id: string | null;
  readonly has_more: boolean;
}

/** OpenAI's own default and most. */
const usualLimit = 20;
const mostItems = 100;

/** `items` oldest first; OpenAI lists the newest first unless asked for `order=asc`. */
export function pageOfItems(items: readonly StoredItem[], query: URLSearchParams): ItemPage | Refusal {
  const limit = Number(query.get("limit") ?? usualLimit);
  if (!Number.isInteger(limit) || limit < 1 || limit > mostItems) {
    return refuseInvalid("limit", `\`limit\` must be a whole number from 1 to ${mostItems}.`);
  }
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") {
    return refuseInvalid("order", '`order` must be "asc" or "desc".');
  }
  const ordered = order === "asc" ? items : [...items].reverse();
  const after = query.get("after");
  const from = after === null ? 0 : ordered.findIndex(({ id }) => id === after) + 1;
  if (after !== null && from === 0) {
    return refuseInvalid("after", "`after` must be the id of an item of this response.");
  }
  const data = ordered.slice(from, from + limit);
  return {
    object: "list",
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: from + data.length < ordered.length,
  };
}
