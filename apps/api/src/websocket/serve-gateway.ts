/** Serves API Gateway's WebSocket API: the same handler as our own server's, on connections that the gateway holds. */
import type { SendText } from "../apigateway/management-connection.ts";
import { gatewayHeaders } from "../http/gateway-headers.ts";
import { gatewayEvent } from "./gateway-event.ts";
import { handleMessage } from "./handle-message.ts";
import { openConnection, socketProtocol } from "./open-connection.ts";
import type { SocketParts } from "./socket-parts.ts";

export interface GatewayParts extends SocketParts {
  /** Sends on the connections of the API at this address. */
  readonly sendTextTo: (endpoint: string) => SendText;
}

/** The function's handler. Throws "Unauthorized" where a connection may not be opened: the gateway answers 401. */
export function gatewayHandler(parts: GatewayParts): (event: unknown) => Promise<unknown> {
  return async (event) => {
    const read = gatewayEvent.parse(event);
    if ("methodArn" in read) {
      return authorize(read.methodArn, gatewayHeaders(Object.entries(read.headers ?? {})), parts);
    }
    if ("requestContext" in read) {
      return connected(gatewayHeaders(Object.entries(read.headers ?? {})));
    }
    const { connectionId, endpoint, ticket, text } = read;
    const sendText = parts.sendTextTo(endpoint);
    const connection = {
      id: connectionId,
      ticket,
      turnsTold: 0,
      send: (one: string) => sendText(connectionId, one),
    };
    await handleMessage(Buffer.from(text, "base64").toString(), connection, parts);
    return undefined;
  };
}

async function authorize(methodArn: string, headers: Headers, { authentication, logger }: GatewayParts) {
  const opened = await openConnection(headers, authentication);
  if ("refused" in opened) {
    logger.info({ code: opened.refused.code }, "socket refused");
    // API Gateway's contract with authorizers: this very word is a 401.
    throw new Error("Unauthorized");
  }
  return {
    principalId: opened.ticket.tenantId,
    policyDocument: {
      Version: "2012-10-17",
      Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: methodArn }],
    },
    // Text, number or boolean: API Gateway takes nothing else.
    context: { ...opened.ticket, user: opened.ticket.user ?? "" },
  };
}

/** A client that names protocols ends a connection whose opening names none of them. */
function connected(headers: Headers) {
  const protocols = (headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  return {
    statusCode: 200,
    ...(protocols.includes(socketProtocol) ? { headers: { "Sec-WebSocket-Protocol": socketProtocol } } : {}),
  };
}
