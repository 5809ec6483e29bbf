/** Adapter: live turns and messages in parts in DynamoDB. */
export { DynamoLiveTurnStore } from "./live-turn-store.ts";
export { DynamoMessageParts } from "./message-parts.ts";
