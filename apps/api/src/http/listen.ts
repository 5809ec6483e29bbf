/** One port for HTTP/1.1 and HTTP/2 without TLS: the AWS SDK speaks the latter by default, everyone else the former. */
import { createServer as createHttp1Server } from "node:http";
import { createServer as createHttp2Server, type Http2Session } from "node:http2";
import { type AddressInfo, createServer, type Socket } from "node:net";
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
}

/** The first bytes of every HTTP/2 connection (RFC 9113, section 3.4). */
const http2Preface = "PRI * HTTP/2.0";

/** Rejects when the address cannot be had, with the system's error code. */
export async function listen({ host, port, fetch }: ListenOptions): Promise<Listener> {
  const open = new Set<Socket>();
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
  const http2 = createHttp2Server(
    getRequestListener(async (request) => withoutHopHeaders(await fetch(request))),
  );
  http2.on("session", (session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });

  const server = createServer((socket) => {
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.once("data", (head: Buffer) => {
      socket.pause();
      const isHttp2 = head.subarray(0, http2Preface.length).toString("latin1") === http2Preface;
      socket.unshift(head);
      (isHttp2 ? http2 : http1).emit("connection", socket);
      socket.resume();
    });
  });

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    async drain(timeoutMs) {
      draining = true;
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      http1.closeIdleConnections();
      for (const session of sessions) {
        session.close();
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

/** HTTP/2 forbids headers about the connection (RFC 9113, section 8.2.2), and Node refuses to send them. */
function withoutHopHeaders(response: Response): Response {
  response.headers.delete("connection");
  response.headers.delete("keep-alive");
  response.headers.delete("transfer-encoding");
  return response;
}
