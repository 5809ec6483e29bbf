/** Builds the session store that the deployment has chosen, and what is kept beside it. */
import type { SessionStore, VectorStore } from "@caprock/memory";
import { BedrockSessionStore, mostKeptMs } from "@caprock/memory/bedrock-sessions";
import { DynamoSessionStore, DynamoVectorStore } from "@caprock/memory/dynamodb";
import { S3TurnBodies } from "@caprock/memory/s3";
import {
  type ApiSettings,
  systemClock as clock,
  createBedrockSessionsClient,
  createS3Client,
  type DocumentClient,
} from "@caprock/platform";

export interface ComposedSessions {
  readonly sessions: SessionStore;
  readonly vectors: VectorStore;
}

/** Vectors are in DynamoDB wherever the turns are that they are of. */
export function composeSessions(settings: ApiSettings, client: DocumentClient): ComposedSessions {
  const {
    AWS_REGION: region,
    CAPROCK_TABLE_PREFIX: tablePrefix,
    CAPROCK_SESSION_KEPT_MS: keptForMs,
  } = settings;
  const parts = { client, tablePrefix, clock };
  if (settings.CAPROCK_SESSION_STORE === "bedrock") {
    const kept = { ...parts, keptForMs: Math.min(keptForMs, mostKeptMs) };
    const bedrock = createBedrockSessionsClient({ region });
    return { sessions: new BedrockSessionStore({ ...kept, bedrock }), vectors: new DynamoVectorStore(kept) };
  }
  const kept = { ...parts, keptForMs };
  const bodies = new S3TurnBodies(createS3Client({ region }), settings.CAPROCK_TURN_BODIES_BUCKET);
  return { sessions: new DynamoSessionStore({ ...kept, bodies }), vectors: new DynamoVectorStore(kept) };
}
