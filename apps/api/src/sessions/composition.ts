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
  readonly turnsKeptForMs: number;
  /** How far back a search begins to read a session, where that is not as far as memory allows. */
  readonly mostNewTurns: number | undefined;
}

/** Each turn is a call to Bedrock, of which it allows so many a second; the others of the account are not to wait for an index. */
const mostTurnsOfBedrock = 1_000;

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
    return {
      sessions: new BedrockSessionStore({ ...kept, bedrock }),
      vectors: new DynamoVectorStore(kept),
      turnsKeptForMs: kept.keptForMs,
      mostNewTurns: mostTurnsOfBedrock,
    };
  }
  const kept = { ...parts, keptForMs };
  const bodies = new S3TurnBodies(createS3Client({ region }), settings.CAPROCK_TURN_BODIES_BUCKET);
  return {
    sessions: new DynamoSessionStore({ ...kept, bodies }),
    vectors: new DynamoVectorStore(kept),
    turnsKeptForMs: keptForMs,
    mostNewTurns: undefined,
  };
}
