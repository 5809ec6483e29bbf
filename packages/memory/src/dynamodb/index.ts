/** Memory's stores in DynamoDB. */
export { createTableInput, tableName } from "@caprock/domain";
export { DynamoIngestionMarks } from "./ingestion-marks.ts";
export { DynamoSessionStore, type DynamoSessionStoreParts } from "./session-store.ts";
export { DynamoVectorStore, type DynamoVectorStoreParts } from "./vector-store.ts";
