/** One port that speaks HTTP/1.1 and HTTP/2 without TLS, told apart by the first bytes of a connection. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { type AddressInfo, createServer as createSocketServer, type Socket } from "node:net";
import { Exchange } from "./exchange.ts";

export interface Listener {
  readonly url: string;
  /** Cuts every connection and waits until no request is being worked on. */
  close(): Promise<void>;
}

const http2Preface = "PRI";

/** Listens on loopback; port 0 takes a free one. Rejects when the port is taken. */
export async function listen(port: number, serve: (exchange: Exchange) => Promise<void>): Promise<Listener> {
  const running = new Set<Promise<void>>();
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const one: Promise<void> = Exchange.open(request, response)
      .then((exchange) => exchange && serve(exchange))
      .catch((error: unknown) => {
        response.destroy();
        process.emitWarning(error instanceof Error ? error : String(error));
      })
      .finally(() => running.delete(one));
    running.add(one);
  };
  const http1 = createServer({ requestTimeout: 0, keepAliveTimeout: 65_000 }, answer);
  // Node's HTTP/2 compatibility API gives objects that stand in for those of HTTP/1.1.
  const http2 = createHttp2Server({ settings: { maxConcurrentStreams: 1_000 } }, (request, response) =>
    answer(request as unknown as IncomingMessage, response as unknown as ServerResponse),
  );
  http2.on("sessionError", () => undefined);
  const sockets = new Set<Socket>();
  const server = createSocketServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
    peek(socket, (isHttp2) => (isHttp2 ? http2 : http1).emit("connection", socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) {
        socket.destroy();
      }
      await closed;
      await Promise.all(running);
    },
  };
}

/** Reads until the protocol is known, then gives the bytes back to the socket. */
function peek(socket: Socket, hand: (isHttp2: boolean) => void): void {
  socket.once("data", (chunk) => {
    socket.pause();
    socket.unshift(chunk);
    if (chunk.length < http2Preface.length && http2Preface.startsWith(chunk.toString("latin1"))) {
      setImmediate(() => {
        peek(socket, hand);
        socket.resume();
      });
      return;
    }
    hand(chunk.toString("latin1", 0, http2Preface.length) === http2Preface);
    process.nextTick(() => socket.resume());
  });
}
