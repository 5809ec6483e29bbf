/**
 * Stands in for API Gateway's WebSocket API in front of the bundled function: its authorizer, its limits, its
 * asynchronous deliveries, which may come twice, and its way of posting to connections.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { gatewayMessageTemplate } from "@caprock/contract";
import { childEnvironment } from "@caprock/platform";
import { type WebSocket, WebSocketServer } from "ws";

const longestFrameBytes = 32 * 1024;
const longestMessageBytes = 128 * 1024;

export interface SocketGateway {
  /** Where clients connect. */
  readonly url: string;
  close(): Promise<void>;
}

type Ticket = Readonly<Record<string, string>>;

export async function startSocketGateway(
  runtime: string,
  bundle: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<SocketGateway> {
  const connections = new Map<string, WebSocket>();
  const server = createServer((request, response) => void post(request, response, connections));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, [runtime, bundle], {
    env: childEnvironment({ ...environment, AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: address }),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  await once(child, "message");
  const invoke = invoker(child);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessageBytes,
    handleProtocols: (protocols) => (protocols.has("caprock.v1") ? "caprock.v1" : false),
  });
  let opened = 0;
  server.on("upgrade", async (request, socket, head) => {
    const headers = request.headers;
    try {
      const { context } = (await invoke({ type: "REQUEST", methodArn: "arn:test", headers })) as {
        context: Ticket;
      };
      await invoke({ requestContext: { routeKey: "$connect" }, headers });
      opened += 1;
      const id = `connection-${opened}`;
      sockets.handleUpgrade(request, socket, head, (websocket) => {
        connections.set(id, websocket);
        websocket.on("close", () => connections.delete(id));
        websocket.on("error", () => undefined);
        websocket.on("message", (data) => deliver(String(data), id, context, websocket, invoke));
      });
    } catch {
      socket.end("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n");
    }
  });
  return {
    url: address.replace("http", "ws"),
    async close() {
      child.kill("SIGKILL");
      for (const socket of connections.values()) {
        socket.terminate();
      }
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function deliver(
  text: string,
  id: string,
  ticket: Ticket,
  websocket: WebSocket,
  invoke: (event: unknown) => Promise<unknown>,
): void {
  if (Buffer.byteLength(text) > longestFrameBytes) {
    websocket.close(1009);
    return;
  }
  const event = JSON.parse(
    gatewayMessageTemplate
      .replace("$context.connectionId", id)
      .replace("$context.domainName/$context.stage", "socket.test/live")
      .replace("$util.base64Encode($input.body)", Buffer.from(text).toString("base64"))
      .replace("$util.escapeJavaScript($context.authorizer.user)", ticket.user ?? "")
      .replaceAll(/\$context\.authorizer\.(\w+)/g, (_, name: string) => String(ticket[name] ?? "")),
  );
  for (let delivery = 0; delivery < 2; delivery += 1) {
    invoke(event).catch((error: unknown) => console.error("function failed", error));
  }
}

/** POST /@connections/{id} */
async function post(
  request: IncomingMessage,
  response: ServerResponse,
  connections: ReadonlyMap<string, WebSocket>,
): Promise<void> {
  const id = decodeURIComponent(/\/@connections\/([^/?]+)/.exec(request.url ?? "")?.[1] ?? "");
  const data = await buffer(request);
  const websocket = connections.get(id);
  if (!websocket || websocket.readyState !== websocket.OPEN) {
    response.writeHead(410, { "x-amzn-errortype": "GoneException" }).end("{}");
  } else if (data.byteLength > longestFrameBytes) {
    websocket.close(1009);
    response.writeHead(413, { "x-amzn-errortype": "PayloadTooLargeException" }).end("{}");
  } else {
    websocket.send(data.toString(), () => response.writeHead(200).end());
  }
}

function invoker(child: ChildProcess): (event: unknown) => Promise<unknown> {
  const waiting = new Map<number, (answer: { result?: unknown; error?: string }) => void>();
  child.on("message", (answer: { call: number; result?: unknown; error?: string }) => {
    waiting.get(answer.call)?.(answer);
    waiting.delete(answer.call);
  });
  let calls = 0;
  return (event) =>
    new Promise((resolve, reject) => {
      calls += 1;
      waiting.set(calls, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new Error(error)),
      );
      child.send({ call: calls, event });
    });
}
