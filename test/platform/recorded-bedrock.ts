/** Stands between the API and the local Bedrock, and keeps what was asked: the prompts that a witness does not count. */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordedBedrock {
  readonly url: string;
  /** The bodies of all calls so far, oldest first. */
  readonly bodies: readonly string[];
  /** Where calls go on to; to be said before the first one. */
  forwardTo(url: string): void;
  close(): void;
}

export async function recordBedrock(): Promise<RecordedBedrock> {
  const bodies: string[] = [];
  let target = "";
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      bodies.push(body.toString());
      const { method, headers } = incoming;
      const onward = request(new URL(incoming.url ?? "/", target), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on("error", () => outgoing.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    forwardTo(url) {
      target = url;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
