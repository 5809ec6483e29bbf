/** Builds what serves WebSockets, on our own server and behind API Gateway. */
import {
  type ApiSettings,
  systemClock as clock,
  type DocumentClient,
  systemRandom as random,
  systemPause,
} from "@caprock/platform";
import { DynamoLiveTurnStore, DynamoMessageParts } from "@caprock/turn/dynamodb";
import { createSendText, type SendText } from "../apigateway/management-connection.ts";
import type { ComposedApi } from "../composition.ts";
import { problemOfError } from "../http/problem-of-error.ts";
import type { GatewayParts } from "./serve-gateway.ts";
import type { SocketParts } from "./socket-parts.ts";

/** How long a turn can be followed after it was asked for. */
const liveTurnsKeptForMs = 24 * 3_600_000;

/** How long a turn goes on whose client is gone: time to change networks, not to forget the turn. */
const resumeWindowMs = 60_000;

/** What both the server and the function serve sockets with. */
export function composeSocket(
  settings: ApiSettings,
  { tenant, logger }: Pick<ComposedApi, "tenant" | "logger">,
  client: DocumentClient,
): SocketParts {
  const place = {
    client,
    tablePrefix: settings.CAPROCK_TABLE_PREFIX,
    clock,
    keptForMs: liveTurnsKeptForMs,
  };
  return {
    authentication: tenant.authentication,
    random,
    logger,
    maxBodyBytes: settings.CAPROCK_MAX_BODY_BYTES,
    messageParts: new DynamoMessageParts(place),
    live: {
      turn: tenant.turn,
      store: new DynamoLiveTurnStore(place),
      clock,
      pause: systemPause,
      resumeWindowMs,
      problemOf: problemOfError,
      onKeepFailure: (requestId, error) =>
        logger.warn(
          { requestId, err: error },
          "a turn's events were not kept; it cannot be followed from there",
        ),
    },
  };
}

/** What the WebSocket function needs besides: connections are API Gateway's. */
export function composeGateway(settings: ApiSettings, { socket }: Pick<ComposedApi, "socket">): GatewayParts {
  const senders = new Map<string, SendText>();
  return {
    ...socket,
    sendTextTo(endpoint) {
      const known = senders.get(endpoint);
      const sender =
        known ??
        createSendText({
          region: settings.AWS_REGION,
          endpoint: settings.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI ?? endpoint,
        });
      senders.set(endpoint, sender);
      return sender;
    },
  };
}
