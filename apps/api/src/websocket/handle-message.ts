/** Does what a text on a WebSocket connection asks for: the same on API Gateway's connections and on our own server's. */
import {
  type ClientMessage,
  clientMessage,
  longestTextBytes,
  type MessagePart,
  messagePart,
} from "@caprock/contract";
import { type Refusal, refusal } from "@caprock/domain";
import { authenticateTicket } from "@caprock/tenancy";
import { parseJson } from "../http/read-json.ts";
import { refuseIssue } from "../http/refuse-issue.ts";
import type { SocketConnection } from "./connection.ts";
import { sendMessage, tellProblem } from "./send-messages.ts";
import { doAsAsked } from "./serve-turns.ts";
import type { SocketParts } from "./socket-parts.ts";

/** Resolves when everything that the text asked for is done, a whole turn perhaps. Never rejects. */
export async function handleMessage(
  text: string,
  connection: SocketConnection,
  parts: SocketParts,
): Promise<void> {
  const json = parseJson(Buffer.from(text));
  const value = "refused" in json ? undefined : json.value;
  try {
    await ("refused" in json
      ? tellProblem(connection, undefined, json.refused)
      : answer(json.value, connection, parts));
  } catch (error) {
    parts.logger.error({ err: error, tenantId: connection.ticket.tenantId }, "socket message failed");
    await tellProblem(connection, value, parts.live.problemOf(error)).catch(() => undefined);
  }
}

async function answer(value: unknown, connection: SocketConnection, parts: SocketParts): Promise<void> {
  const part = messagePart.safeParse(value);
  const message = part.success ? part.data : readMessage(value);
  if ("refused" in message) {
    await tellProblem(connection, value, message.refused);
    return;
  }
  if (message.type === "ping") {
    await sendMessage(connection, { type: "pong" });
    return;
  }
  const caller = await authenticateTicket(connection.ticket, parts.authentication);
  if ("refused" in caller) {
    await tellProblem(connection, message, caller.refused);
  } else if (message.type === "part") {
    const whole = await addPart(message, connection, parts);
    if (typeof whole === "string") {
      await handleMessage(whole, connection, parts);
    } else if (whole) {
      await tellProblem(connection, message, whole.refused);
    }
  } else {
    await doAsAsked(message, caller, connection, parts);
  }
}

/** The whole text, once all parts of it are there; undefined until then. Refuses with `body_too_large`. */
async function addPart(
  { message, ...part }: MessagePart,
  connection: SocketConnection,
  { messageParts, maxBodyBytes }: SocketParts,
): Promise<string | Refusal | undefined> {
  // Every part but the last is as long as it may be, so that their count bounds the whole.
  const isTooMuch = part.index >= part.count || (part.count - 1) * (longestTextBytes / 4) > maxBodyBytes;
  if (isTooMuch || part.text.length > longestTextBytes) {
    return tooLong();
  }
  const whole = await messageParts.add(connection.ticket.tenantId, `${connection.id}#${message}`, part);
  return whole !== undefined && Buffer.byteLength(whole) > maxBodyBytes ? tooLong() : whole;
}

function tooLong(): Refusal {
  return refusal({ code: "body_too_large", message: "The parts make a message that is too long here." });
}

function readMessage(value: unknown): ClientMessage | Refusal {
  const parsed = clientMessage.safeParse(value);
  if (parsed.success) {
    return parsed.data;
  }
  return refuseIssue(parsed.error, "The message");
}
