/** Parts of an event as AgentCore's payloads, and back. */
import type { PayloadType } from "@aws-sdk/client-bedrock-agentcore";
import { type EventPart, turnDataSchema } from "../long-term/event-parts.ts";

/** Conversation is drawn from; a blob never is. */
export function toPayload(part: EventPart): PayloadType {
  if ("text" in part) {
    const role = part.role === "user" ? "USER" : "ASSISTANT";
    return { conversational: { role, content: { text: part.text } } };
  }
  const blob: PayloadType.BlobMember["blob"] = JSON.parse(JSON.stringify(part.data));
  return { blob };
}

/** What Caprock did not write is passed over. */
export function toParts(payload: readonly PayloadType[]): EventPart[] {
  return payload.flatMap((one): EventPart[] => {
    if (one.conversational !== undefined) {
      const { role, content } = one.conversational;
      return [{ role: role === "USER" ? "user" : "assistant", text: content?.text ?? "" }];
    }
    const data = turnDataSchema.safeParse(one.blob);
    return data.success ? [{ data: data.data }] : [];
  });
}
