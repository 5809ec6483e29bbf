/** One port for HTTP/1.1 and HTTP/2 without TLS: the AWS SDK speaks the latter by default, everyone else the former. */
import { createServer as createHttp1Server, type IncomingMessage } from "node:http";
import { createServer as createHttp2Server, type Http2Session } from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";

export interface Listener {
  readonly port: number;
  /**
   * Takes no new connections, tells clients to open no new calls on those they have, and resolves when the
   * calls in flight have ended, or after `timeoutMs` cuts them and resolves all the same.
   */
  drain(timeoutMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly fetch: (request: Request) => Response | Promise<Response>;
  /** How long an HTTP/2 session stays without a word on it, and without an open call, two minutes by default. */
  readonly idleSessionMs?: number;
  /** Takes over connections that ask to become WebSockets; without it they are cut. */
  readonly upgrade?: (request: IncomingMessage, socket: Duplex, head: Buffer) => Promise<void>;
}

/** The first bytes of every HTTP/2 connection (RFC 9113, section 3.4). */
const http2Preface = "PRI * HTTP/2.0\r\n";

/** Node sets no bound of its own. An AWS SDK puts all its calls on one session, and opens no second one. */
const mostStreamsOfSession = 1_000;

/** A connection that says nothing for so long after it was opened is closed. */
const firstBytesTimeoutMs = 30_000;

/** Rejects when the address cannot be had, with the system's error code. */
export async function listen({
  host,
  port,
  fetch,
  idleSessionMs = 120_000,
  upgrade,
}: ListenOptions): Promise<Listener> {
  const open = new Set<Socket>();
  const silent = new Set<Socket>();
  const sessions = new Set<Http2Session>();
  let draining = false;

  const http1 = createHttp1Server(
    getRequestListener(async (request) => {
      const response = await fetch(request);
      if (draining) {
        response.headers.set("connection", "close");
      }
      return response;
    }),
  );
  if (upgrade) {
    http1.on("upgrade", (request, socket, head) => {
      upgrade(request, socket, head).catch(() => socket.destroy());
    });
  }
  const http2 = createHttp2Server(
    { settings: { maxConcurrentStreams: mostStreamsOfSession } },
    getRequestListener(async (request) => withoutHopHeaders(await fetch(request))),
  );
  http2.on("session", (session) => {
    sessions.add(session);
    let calls = 0;
    session.on("stream", (stream) => {
      calls += 1;
      stream.once("close", () => {
        calls -= 1;
      });
    });
    // HTTP/1.1 closes idle connections by itself. A model may be silent for long: the AWS SDK cuts its open calls when it
    // is told that a session closes.
    session.setTimeout(idleSessionMs);
    session.on("timeout", () => {
      if (calls === 0) {
        session.close();
      }
    });
    session.once("close", () => sessions.delete(session));
  });
  http2.on("sessionError", () => undefined);

  // The HTTP/1.1 server itself listens: only then does it time slow requests out and know its idle connections.
  const [serveHttp1] = http1.listeners("connection");
  http1.removeAllListeners("connection");
  http1.on("connection", (socket: Socket) => {
    open.add(socket);
    silent.add(socket);
    socket.once("close", () => {
      open.delete(socket);
      silent.delete(socket);
    });
    socket.on("error", () => socket.destroy());
    const timer = setTimeout(() => socket.destroy(), firstBytesTimeoutMs);
    socket.once("close", () => clearTimeout(timer));
    readProtocol(socket, (isHttp2) => {
      clearTimeout(timer);
      silent.delete(socket);
      if (isHttp2) {
        // HTTP/1.1 servers keep a socket open that its client has closed; a session would never hear of it.
        socket.allowHalfOpen = false;
        http2.emit("connection", socket);
      } else {
        serveHttp1?.call(http1, socket);
      }
    });
  });

  await new Promise<void>((resolve, reject) => {
    http1.once("error", reject);
    http1.listen(port, host, resolve);
  });

  return {
    port: (http1.address() as AddressInfo).port,
    async drain(timeoutMs) {
      draining = true;
      const closed = new Promise<void>((resolve) => http1.close(() => resolve()));
      for (const session of sessions) {
        session.close();
      }
      for (const socket of silent) {
        socket.destroy();
      }
      // A connection is idle once its last answer has gone; keep-alive would hold it open for ever.
      const sweep = setInterval(() => http1.closeIdleConnections(), 100);
      const cut = setTimeout(() => {
        for (const socket of open) {
          socket.destroy();
        }
      }, timeoutMs);
      await closed;
      clearInterval(sweep);
      clearTimeout(cut);
    },
  };
}

/** Reads until the protocol is known, then gives the bytes back to the socket and calls `serve`. */
function readProtocol(socket: Socket, serve: (isHttp2: boolean) => void): void {
  let head = "";
  const read = (chunk: Buffer) => {
    head += chunk.toString("latin1");
    if (head.length < http2Preface.length && http2Preface.startsWith(head)) {
      return;
    }
    socket.off("data", read);
    socket.pause();
    socket.unshift(Buffer.from(head, "latin1"));
    serve(head.startsWith(http2Preface));
    // Not at once: the HTTP/2 session takes these bytes over a tick later, and ends if they are gone by then.
    process.nextTick(() => socket.resume());
  };
  socket.on("data", read);
}

/** HTTP/2 forbids headers about the connection (RFC 9113, section 8.2.2), and Node refuses to send them. */
function withoutHopHeaders(response: Response): Response {
  response.headers.delete("connection");
  response.headers.delete("keep-alive");
  response.headers.delete("transfer-encoding");
  return response;
}
