/** Does what a client asks of its turns on a connection: start one, follow one, cancel one. */
import { createHash } from "node:crypto";
import type { ClientMessage, ResumeTurn, StartTurn } from "@caprock/contract";
import { newRequestId, type Problem, requestArrivalMs } from "@caprock/domain";
import type { Caller } from "@caprock/tenancy";
import {
  checkPolicyModels,
  converse,
  followLiveTurn,
  type LiveTurnName,
  leaseMs,
  parseConverseBody,
  runLiveTurn,
} from "@caprock/turn";
import { shownReport } from "../tenant/context-headers.ts";
import type { SocketConnection } from "./connection.ts";
import { readerOf, sendMessage, startedMessage, tellProblem } from "./send-messages.ts";
import { mostTurnsAtOnce } from "./socket-bounds.ts";
import type { SocketParts } from "./socket-parts.ts";

/** Resolves when all that was asked for is done, a whole turn perhaps. */
export async function doAsAsked(
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
    await tellProblem(connection, message, problem);
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
  const { id, model, body, session, actor, context, report } = message;
  const { live } = parts;
  const name = nameOf(caller, id);
  const reader = readerOf(connection, id);
  const fail = (problem: Problem) => reader.ended({ how: "failed", problem }, 0);
  const canonical = parseConverseBody(body);
  if ("refused" in canonical) {
    await fail(canonical.refused);
    return;
  }
  const wrong = context && checkPolicyModels(context, "context", caller.tenant, live.turn);
  if (wrong) {
    await fail(wrong.refused);
    return;
  }
  const requestId = newRequestId(live.clock, parts.random);
  const arrivedAtMs = requestArrivalMs(requestId);
  const bodySha256 = createHash("sha256")
    .update(JSON.stringify([model, body, session, actor, context, report]))
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
    operation: converse(canonical.body, { writesSearchResults: true }),
    session: session === undefined ? undefined : { sessionId: session, actorId: actor },
    actorId: actor,
    contextPolicy: context,
    // The connection may break: a turn ends by itself, by being cancelled, or when nobody comes back for it.
    signal: new AbortController().signal,
  };
  await runLiveTurn(
    name,
    request,
    reader,
    live,
    ({ context: fitted, ...told }) =>
      report && fitted && { type: "contextReport", event: shownReport(fitted, told) },
  );
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
