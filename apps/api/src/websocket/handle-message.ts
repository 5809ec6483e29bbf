/** Does what a text on a WebSocket connection asks for: the same on API Gateway's connections and on our own server's. */
import { createHash } from "node:crypto";
import {
  type ClientMessage,
  clientMessage,
  longestTextBytes,
  type MessagePart,
  messagePart,
  type ResumeTurn,
  type StartTurn,
} from "@caprock/contract";
import { newRequestId, type Problem, type Random, type Refusal, refusal } from "@caprock/domain";
import type { Logger } from "@caprock/platform";
import { type AuthenticationParts, authenticateTicket, type Caller } from "@caprock/tenancy";
import {
  converse,
  followLiveTurn,
  type LiveTurnName,
  type LiveTurnParts,
  leaseMs,
  parseConverseBody,
  runLiveTurn,
} from "@caprock/turn";
import { parseJson } from "../http/read-json.ts";
import type { SocketConnection } from "./connection.ts";
import { problemMessage, readerOf, sendMessage, startedMessage } from "./send-messages.ts";

export interface SocketParts {
  readonly authentication: AuthenticationParts;
  readonly live: LiveTurnParts;
  readonly random: Random;
  readonly logger: Logger;
  readonly maxBodyBytes: number;
}

const longestName = 64;

/** More than a page shows, and few enough that one connection does not take a process for itself. */
export const mostTurnsAtOnce = 100;

/** Resolves when everything that the text asked for is done, a whole turn perhaps. Never rejects. */
export async function handleMessage(
  text: string,
  connection: SocketConnection,
  parts: SocketParts,
): Promise<void> {
  try {
    await answer(text, connection, parts);
  } catch (error) {
    parts.logger.error({ err: error, tenantId: connection.ticket.tenantId }, "socket message failed");
    await sendMessage(connection, problemMessage(parts.live.problemOf(error))).catch(() => false);
  }
}

async function answer(text: string, connection: SocketConnection, parts: SocketParts): Promise<void> {
  const json = parseJson(Buffer.from(text));
  if ("refused" in json) {
    await sendMessage(connection, problemMessage(json.refused));
    return;
  }
  const part = messagePart.safeParse(json.value);
  const message = part.success ? part.data : readMessage(json.value);
  if ("refused" in message) {
    await tell(json.value, message.refused, connection);
    return;
  }
  if (message.type === "ping") {
    await sendMessage(connection, { type: "pong" });
    return;
  }
  const caller = await authenticateTicket(connection.ticket, parts.authentication);
  if ("refused" in caller) {
    await tell(message, caller.refused, connection);
  } else if (message.type === "part") {
    const whole = await addPart(message, connection, parts);
    if (typeof whole === "string") {
      await answer(whole, connection, parts);
    } else if (whole) {
      await sendMessage(connection, problemMessage(whole.refused));
    }
  } else {
    await doAsAsked(message, caller, connection, parts);
  }
}

/** The whole text, once all parts of it are there; undefined until then. Refuses with `body_too_large`. */
async function addPart(
  { message, ...part }: MessagePart,
  connection: SocketConnection,
  { live, maxBodyBytes }: SocketParts,
): Promise<string | Refusal | undefined> {
  // Every part but the last is as long as it may be, so that their count bounds the whole.
  const isTooMuch = part.index >= part.count || (part.count - 1) * (longestTextBytes / 4) > maxBodyBytes;
  if (isTooMuch || part.text.length > longestTextBytes) {
    return tooLong();
  }
  const whole = await live.store.addPart(connection.ticket.tenantId, `${connection.id}#${message}`, part);
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
  const [issue] = parsed.error.issues;
  const param = issue?.path.map(String).join(".") ?? "";
  return refusal({
    code: "invalid_request",
    message: `${param === "" ? "The message" : param}: ${issue?.message ?? "is wrong"}.`,
    ...(param === "" ? {} : { param }),
  });
}

/** Ends the turn that a message names; what names none is told as it is. */
async function tell(message: unknown, problem: Problem, connection: SocketConnection): Promise<void> {
  const { id } = Object(message) as { readonly id?: unknown };
  await (typeof id === "string" && id.length <= longestName
    ? readerOf(connection, id).ended({ how: "failed", problem }, 0)
    : sendMessage(connection, problemMessage(problem)));
}

async function doAsAsked(
  message: Exclude<ClientMessage, { readonly type: "ping" }>,
  caller: Caller,
  connection: SocketConnection,
  parts: SocketParts,
): Promise<void> {
  switch (message.type) {
    case "turn.start":
      await tellTurn(message, connection, () => startTurn(message, caller, connection, parts));
      break;
    case "turn.resume":
      await tellTurn(message, connection, () => resumeTurn(message, caller, connection, parts));
      break;
    case "turn.cancel":
      if (!(await parts.live.store.requestCancel(caller.tenant.id, nameOf(caller, message.id)))) {
        await tellUnknown(message.id, 0, connection);
      }
      break;
  }
}

/** The name under which a turn is kept: who signed in has turns of their own. No client's name has a "#". */
function nameOf({ user }: Caller, id: string): LiveTurnName {
  return user === undefined ? id : `${user}#${id}`;
}

/** Each turn that is told takes memory and reads of the store, so a connection has its share of them. */
async function tellTurn(
  message: StartTurn | ResumeTurn,
  connection: SocketConnection,
  work: () => Promise<void>,
): Promise<void> {
  if (connection.turnsTold >= mostTurnsAtOnce) {
    const problem = {
      code: "too_many_turns",
      message: `This connection tells ${mostTurnsAtOnce} turns already. Wait until one of them has ended.`,
    } as const;
    await tell(message, problem, connection);
    return;
  }
  connection.turnsTold += 1;
  try {
    await work();
  } finally {
    connection.turnsTold -= 1;
  }
}

/** A start that comes twice, as API Gateway may deliver it, is one turn: the second follows the first. */
async function startTurn(
  message: StartTurn,
  caller: Caller,
  connection: SocketConnection,
  parts: SocketParts,
): Promise<void> {
  const { id, model, body, session, actor } = message;
  const { live } = parts;
  const name = nameOf(caller, id);
  const reader = readerOf(connection, id);
  const fail = (problem: Problem) => reader.ended({ how: "failed", problem }, 0);
  const canonical = parseConverseBody(body);
  if ("refused" in canonical) {
    await fail(canonical.refused);
    return;
  }
  const requestId = newRequestId(live.clock, parts.random);
  const arrivedAtMs = live.clock.now();
  const bodySha256 = createHash("sha256")
    .update(JSON.stringify([model, body, session, actor]))
    .digest("hex");
  const standing = await live.store.begin({
    tenantId: caller.tenant.id,
    name,
    requestId,
    bodySha256,
    leaseUntilMs: arrivedAtMs + leaseMs,
  });
  if (standing.bodySha256 !== bodySha256) {
    await fail({
      code: "conflict",
      message: `There is another turn named "${id}" already. Name every turn anew, for example with a UUID.`,
      param: "id",
    });
    return;
  }
  await sendMessage(connection, startedMessage(id, standing.requestId));
  if (standing.requestId !== requestId) {
    await followLiveTurn(caller.tenant.id, name, 0, reader, live);
    return;
  }
  const request = {
    requestId,
    arrivedAtMs,
    caller,
    wire: "socket.converse",
    modelId: model,
    operation: converse(canonical.body),
    session: session === undefined ? undefined : { sessionId: session, actorId: actor },
    // The connection may break: a turn ends by itself, by being cancelled, or when nobody comes back for it.
    signal: new AbortController().signal,
  };
  await runLiveTurn(name, request, reader, live);
}

async function resumeTurn(
  { id, cursor }: ResumeTurn,
  caller: Caller,
  connection: SocketConnection,
  { live }: SocketParts,
): Promise<void> {
  const reader = readerOf(connection, id);
  if (!(await followLiveTurn(caller.tenant.id, nameOf(caller, id), cursor, reader, live))) {
    await tellUnknown(id, cursor, connection);
  }
}

async function tellUnknown(id: string, cursor: number, connection: SocketConnection): Promise<void> {
  const problem = {
    code: "not_found",
    message: `There is no turn named "${id}", or it is too long ago.`,
  } as const;
  await readerOf(connection, id).ended({ how: "failed", problem }, cursor);
}
