/** Puts the items of stored responses in the place of the references to them. */
import { type Refusal, refusal } from "@caprock/domain";
import type { SessionStore } from "@caprock/memory";
import type { Reader } from "../../reader-of.ts";
import type { InputItem, ItemReference } from "./item-schema.ts";
import type { ResponseRequest } from "./request.ts";
import { findResponse, type StoredResponse } from "./stored-response.ts";
import { toOutput } from "./to-response.ts";

const outputId = /^(?:msg|fc|rs)_(req_[a-z0-9]+)_\d+$/;

/** Refuses with `not_found` what no stored response of the reader holds. */
export async function resolveReferences(
  input: ResponseRequest["input"],
  reader: Reader,
  sessions: Pick<SessionStore, "findTurn">,
): Promise<{ readonly input: string | readonly InputItem[] } | Refusal> {
  if (typeof input === "string") {
    return { input };
  }
  const known = new Map<string, StoredResponse | Refusal>();
  const items: InputItem[] = [];
  for (const [index, item] of input.entries()) {
    if (item.type !== "item_reference") {
      items.push(item);
      continue;
    }
    const requestId = outputId.exec(item.id)?.[1] ?? "";
    const stored = known.get(requestId) ?? (await findResponse(reader, `resp_${requestId}`, sessions));
    known.set(requestId, stored);
    const found = "refused" in stored ? undefined : itemOf(stored, item);
    if (!found) {
      const param = `input[${index}].id`;
      return refusal({
        code: "not_found",
        message: `\`${param}\` names no item of a stored response; send the item itself.`,
        param,
      });
    }
    items.push(found);
  }
  return { input: items };
}

function itemOf({ messages, turnId }: StoredResponse, { id }: ItemReference): InputItem | undefined {
  const output = toOutput(messages.at(-1)?.content ?? [], turnId);
  const item = output.find((one) => one.id === id);
  return item?.type === "message" ? { type: "message", role: "assistant", content: [...item.content] } : item;
}
