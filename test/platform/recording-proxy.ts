/** A proxy before the local AWS that notes which actions a process takes, and on what. */
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { actionsOf } from "./aws-actions.ts";

export interface RecordingProxy {
  readonly url: string;
  /** As `actionsOf` names them, without the prefix of tables, buckets, topics and queues. */
  readonly taken: Set<string>;
  close(): void;
}

export async function startRecordingProxy(awsLocalUrl: string, namePrefix: string): Promise<RecordingProxy> {
  const taken = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("end", () => {
      const body = Buffer.concat(chunks);
      const { method = "GET", headers, url = "/" } = incoming;
      for (const action of actionsOf({ method, headers, url, body })) {
        taken.add(action.replace(`${namePrefix}-`, ""));
      }
      const sent = forward(new URL(url, awsLocalUrl), { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      sent.on("error", () => outgoing.destroy());
      sent.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    taken,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
