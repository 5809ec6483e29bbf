/** The text by which stores keep what was said in a turn: it reads back as it was said, or is not written. */
import { CaprockError } from "@caprock/domain";
import { z } from "zod";
import type { TurnMessage } from "../long-term/session-turn.ts";

const messagesOfTurn = z.array(
  z.object({
    role: z.enum(["user", "assistant"]),
    content: z.array(z.record(z.string(), z.unknown())),
  }),
);

/** Throws CaprockError (`invalid_request`) for what is no messages, and for values that JSON does not hold, such as bytes. */
export function turnText(messages: readonly TurnMessage[]): string {
  const { success, error } = messagesOfTurn.safeParse(messages);
  if (!success) {
    const [{ path, message } = { path: [], message: "" }] = error.issues;
    throw notKept(nameOf(path), `is no message of Converse (${message})`);
  }
  refuseOtherThanJson(messages, "messages");
  return JSON.stringify(messages);
}

/** What `turnText` made the text of. Throws for another text. */
export function turnMessages(text: string): readonly TurnMessage[] {
  return messagesOfTurn.parse(JSON.parse(text));
}

function refuseOtherThanJson(value: unknown, name: string): void {
  if (value instanceof Uint8Array || value instanceof ArrayBuffer) {
    throw notKept(name, "is bytes, and has to be their base64 text, as on Bedrock's wire");
  }
  if (typeof value === "bigint" || (typeof value === "number" && !Number.isFinite(value))) {
    throw notKept(name, `is a ${typeof value} that JSON does not hold`);
  }
  if (typeof value === "object" && value !== null) {
    for (const [key, member] of Object.entries(value)) {
      refuseOtherThanJson(member, Array.isArray(value) ? `${name}[${key}]` : `${name}.${key}`);
    }
  }
}

function notKept(name: string, what: string): CaprockError {
  return new CaprockError({
    code: "invalid_request",
    message: `A session does not keep this turn: ${name} ${what}.`,
    param: name,
  });
}

function nameOf(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, key) => (typeof key === "number" ? `${name}[${key}]` : `${name}.${String(key)}`),
    "messages",
  );
}
