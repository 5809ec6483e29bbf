/** For tests: passes requests on to a server, and keeps what was sent. */
import { createServer, request as forward, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface CapturedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface CaptureProxy {
  readonly url: string;
  /** What was sent since the last look. */
  take(): CapturedRequest[];
  close(): Promise<void>;
}

/** Passes on to `target`; a connection that breaks there is broken here. */
export async function startCaptureProxy(target: string): Promise<CaptureProxy> {
  let captured: CapturedRequest[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) {
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    const { method = "", url: path = "", headers } = incoming;
    captured.push({ method, path, headers, body: body.toString() });
    const onward = forward(new URL(path, target), { method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      answer.on("error", () => outgoing.socket?.destroySoon());
    });
    onward.on("error", () => outgoing.socket?.destroySoon());
    outgoing.on("close", () => onward.destroy());
    onward.end(body);
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    take() {
      const taken = captured;
      captured = [];
      return taken;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
