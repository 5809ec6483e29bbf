/** For tests: what serving WebSockets works with, beside an API on its local AWS. */
import { createTables } from "@caprock/aws-local";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import type { LiveTurnParts } from "@caprock/turn";
import { DynamoLiveTurnStore, DynamoMessageParts } from "@caprock/turn/dynamodb";
import { liveTurnsTable } from "@caprock/turn/tables";
import { problemOfError } from "../http/problem-of-error.ts";
import type { SocketParts } from "../websocket/socket-parts.ts";
import type { OpenApi } from "./open-api.ts";

export async function openSockets(
  { awsLocal, parts: { tenant, random, logger }, clock }: OpenApi,
  pause: LiveTurnParts["pause"],
): Promise<{ readonly parts: SocketParts; close(): void }> {
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, "test", [liveTurnsTable]);
  const place = { client, tablePrefix: "test", clock, keptForMs: 86_400_000 };
  const parts = {
    authentication: tenant.authentication,
    random,
    logger,
    maxBodyBytes: 1_000_000,
    messageParts: new DynamoMessageParts(place),
    live: {
      turn: tenant.turn,
      store: new DynamoLiveTurnStore(place),
      clock,
      pause,
      resumeWindowMs: 60_000,
      problemOf: problemOfError,
      onKeepFailure: () => undefined,
    },
  };
  return { parts, close: () => client.destroy() };
}
