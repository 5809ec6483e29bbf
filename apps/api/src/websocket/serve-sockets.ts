/**
 * WebSocket connections of our own server, held to the limits that API Gateway has, and to two of ours, which a stage's
 * throttling sets there: how many connections a tenant has, and how many texts are read of one.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { errorCatalog, type Problem, type Random, type TenantId } from "@caprock/domain";
import type { AuthenticationParts } from "@caprock/tenancy";
import { type WebSocket, WebSocketServer } from "ws";
import type { SocketConnection } from "./connection.ts";
import { type OpenedConnection, openConnection } from "./open-connection.ts";
import { readAtPace } from "./read-at-pace.ts";
import {
  longestLifeMs,
  longestMessageBytes,
  longestSilenceMs,
  mostBufferedBytes,
  mostConnectionsOfTenant,
  mostUnreadBytes,
} from "./socket-bounds.ts";

export interface SocketServerParts {
  readonly authentication: AuthenticationParts;
  readonly random: Random;
  /** Does what a text asks for. */
  readonly handle: (text: string, connection: SocketConnection) => Promise<void>;
  readonly problemOf: (error: unknown) => Problem;
  /** Another bound than `socket-bounds.ts` has. */
  readonly mostConnectionsOfTenant?: number;
}

/** The path of the socket on our own server; on API Gateway it is the WebSocket API's own address. */
export const socketPath = "/v1/socket";

export class SocketServer {
  private readonly sockets: WebSocketServer;
  private readonly parts: SocketServerParts;
  private readonly connectionsOf = new Map<TenantId, number>();

  constructor(parts: SocketServerParts) {
    this.parts = parts;
    this.sockets = new WebSocketServer({
      noServer: true,
      maxPayload: longestMessageBytes,
      handleProtocols: (protocols) => (protocols.has("caprock.v1") ? "caprock.v1" : false),
    });
  }

  /** For a server's "upgrade" event. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on("error", () => socket.destroy());
    // Not `new URL(…)`: that throws at some of what a client may send.
    const [path] = (request.url ?? "").split("?");
    const opened =
      path === socketPath
        ? await this.open(request)
        : { refused: { code: "not_found" as const, message: `WebSockets are served at ${socketPath}.` } };
    if ("refused" in opened) {
      refuse(socket, opened.refused);
      return;
    }
    const most = this.parts.mostConnectionsOfTenant ?? mostConnectionsOfTenant;
    if ((this.connectionsOf.get(opened.ticket.tenantId) ?? 0) >= most) {
      refuse(socket, {
        code: "too_many_connections",
        message: `You have ${most} WebSocket connections open here; close some. One serves many turns.`,
      });
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (websocket) => this.serve(websocket, opened));
  }

  /** Tells every client to come back elsewhere. */
  close(): void {
    for (const client of this.sockets.clients) {
      client.close(1001, "The server is stopping. Connect again and resume.");
    }
    this.sockets.close();
  }

  private async open(request: IncomingMessage) {
    try {
      const headers = new Headers();
      for (const [name, value] of Object.entries(request.headers)) {
        headers.set(name, String(value));
      }
      return await openConnection(headers, this.parts.authentication);
    } catch (error) {
      return { refused: this.parts.problemOf(error) };
    }
  }

  private serve(websocket: WebSocket, { ticket }: OpenedConnection): void {
    const { random, handle } = this.parts;
    const connection: SocketConnection = {
      id: Buffer.from(random.bytes(12)).toString("base64url"),
      ticket,
      turnsTold: 0,
      send: (text) => send(websocket, text),
    };
    this.countConnection(ticket.tenantId, 1);
    const pace = readAtPace(websocket);
    const life = setTimeout(() => websocket.close(1001, "Two hours are over."), longestLifeMs);
    const silence = setTimeout(() => websocket.close(1001, "Ten minutes of silence."), longestSilenceMs);
    websocket.on("message", (data, isBinary) => {
      silence.refresh();
      pace.took();
      if (isBinary) {
        websocket.close(1003, "Texts only.");
        return;
      }
      if (websocket.bufferedAmount > mostUnreadBytes) {
        websocket.terminate();
        return;
      }
      void handle(String(data), connection).finally(() => silence.refresh());
    });
    // What a client does wrong closes its connection; there is nobody else to tell.
    websocket.on("error", () => undefined);
    websocket.on("close", () => {
      clearTimeout(life);
      clearTimeout(silence);
      pace.stop();
      this.countConnection(ticket.tenantId, -1);
    });
  }

  private countConnection(tenantId: TenantId, change: 1 | -1): void {
    const count = (this.connectionsOf.get(tenantId) ?? 0) + change;
    if (count === 0) {
      this.connectionsOf.delete(tenantId);
    } else {
      this.connectionsOf.set(tenantId, count);
    }
  }
}

function send(websocket: WebSocket, text: string): Promise<boolean> {
  if (websocket.readyState !== websocket.OPEN) {
    return Promise.resolve(false);
  }
  return new Promise((resolve) => {
    if (websocket.bufferedAmount < mostBufferedBytes) {
      websocket.send(text, (error) => (error ? resolve(false) : undefined));
      resolve(true);
    } else {
      // A slow reader: wait until it has taken this one too.
      websocket.send(text, (error) => resolve(!error));
    }
  });
}

/** An answer in plain HTTP: the connection never was a WebSocket. */
function refuse(socket: Duplex, problem: Problem): void {
  const { httpStatus } = errorCatalog[problem.code];
  const body = JSON.stringify({ error: problem });
  socket.end(
    `HTTP/1.1 ${httpStatus} Refused\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
