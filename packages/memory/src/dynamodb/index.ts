/** Memory's stores in DynamoDB. */
export { DynamoIngestionMarks } from "./ingestion-marks.ts";
