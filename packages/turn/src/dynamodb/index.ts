export { DynamoLiveTurnStore } from "./live-turn-store.ts";
