/** Memory's stores in DynamoDB. */
export { DynamoIngestionMarks } from "./ingestion-marks.ts";
export { DynamoSessionStore, type DynamoSessionStoreParts } from "./session-store.ts";
export { DynamoVectorStore, type DynamoVectorStoreParts } from "./vector-store.ts";
