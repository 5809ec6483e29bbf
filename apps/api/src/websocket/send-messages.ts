/** Says things on a connection, in the words of its wire. */
import { createHash } from "node:crypto";
import { type ServerMessage, textsOf } from "@caprock/contract";
import type { Problem, RequestId } from "@caprock/domain";
import type { LiveTurnName, LiveTurnReader } from "@caprock/turn";
import type { SocketConnection } from "./connection.ts";

/** Sends a message, in parts if it is long. Resolves with false when the reader is gone. */
export async function sendMessage(connection: SocketConnection, message: ServerMessage): Promise<boolean> {
  // The same content has the same parts, so it does no harm if it has the same name.
  const name = () => createHash("sha256").update(JSON.stringify(message)).digest("hex").slice(0, 32);
  for (const text of textsOf(message, name)) {
    if (!(await connection.send(text))) {
      return false;
    }
  }
  return true;
}

const longestName = 64;

/** Tells what is wrong with a message: ends the turn that it names, or names the message itself where it came in parts. */
export async function tellProblem(
  connection: SocketConnection,
  about: unknown,
  problem: Problem,
): Promise<void> {
  const { id, message } = Object(about) as { readonly id?: unknown; readonly message?: unknown };
  if (isName(id)) {
    await readerOf(connection, id).ended({ how: "failed", problem }, 0);
    return;
  }
  const named = isName(message) ? { message } : {};
  await sendMessage(connection, { type: "error", error: { ...problem }, ...named });
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestName;
}

/** Tells a turn to the connection that asked for it. */
export function readerOf(connection: SocketConnection, id: LiveTurnName): LiveTurnReader {
  return {
    events: (events, cursor) =>
      sendMessage(connection, {
        type: "turn.events",
        id,
        cursor,
        events: events.map((event) => ({ ...event })),
      }),
    ended: (ending, cursor) =>
      sendMessage(
        connection,
        ending.how === "failed"
          ? { type: "turn.failed", id, cursor, error: { ...ending.problem } }
          : { type: "turn.ended", id, cursor, how: ending.how },
      ),
  };
}

export function startedMessage(id: LiveTurnName, requestId: RequestId): ServerMessage {
  return { type: "turn.started", id, requestId };
}
