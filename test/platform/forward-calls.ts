/** A server that stands before another one, hears each call with its whole body, and hands it on as it is. */
import { createServer, request as forward, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

export interface Forwarder {
  readonly url: string;
  close(): void;
}

/** `hear` is told of each call before it goes on; `target` says where to. */
export async function forwardCalls(
  target: () => string,
  hear: (call: IncomingMessage, body: Buffer) => void,
): Promise<Forwarder> {
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      hear(incoming, body);
      const { method, headers, url = "/" } = incoming;
      const onward = forward(new URL(url, target()), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
