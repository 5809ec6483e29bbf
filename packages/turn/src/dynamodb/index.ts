export { DynamoLiveTurnStore } from "./live-turn-store.ts";
export { DynamoMessageParts } from "./message-parts.ts";
