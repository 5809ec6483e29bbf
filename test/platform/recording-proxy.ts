/** A proxy before the local AWS that notes which actions a process takes on which tables and buckets. */
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";

export interface RecordingProxy {
  readonly url: string;
  /** "dynamodb:Query accounts/index/byOwner", "s3:GetObject turn-bodies", without the prefix of both. */
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
      const target = headers["x-amz-target"];
      const actions = target === undefined ? [s3Action(method, url)] : actionsOf(String(target), body);
      for (const action of actions) {
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

/** DynamoDB names the operation in a header and the tables in the body. */
function actionsOf(target: string, body: Buffer): readonly string[] {
  const operation = /^DynamoDB_\d+\.(\w+)$/.exec(target)?.[1];
  if (!operation) {
    return [];
  }
  const { TableName, IndexName, RequestItems } = JSON.parse(body.toString()) as {
    TableName?: string;
    IndexName?: string;
    RequestItems?: Record<string, unknown>;
  };
  const tables = TableName === undefined ? Object.keys(RequestItems ?? {}) : [TableName];
  return tables.map(
    (table) => `dynamodb:${operation} ${table}${IndexName === undefined ? "" : `/index/${IndexName}`}`,
  );
}

/** S3 names the bucket first in the path, and a listing has no key. */
function s3Action(method: string, url: string): string {
  const [, bucket = "", key = ""] = /^\/([^/?]*)\/?([^?]*)/.exec(url) ?? [];
  const verb = `${method.charAt(0)}${method.slice(1).toLowerCase()}`;
  return key === "" ? `s3:ListBucket ${bucket}` : `s3:${verb}Object ${bucket}`;
}
