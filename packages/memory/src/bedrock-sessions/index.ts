/** Memory's sessions in Bedrock Session Management. */
export { BedrockSessionStore, type BedrockSessionStoreParts } from "./session-store.ts";
export { mostKeptMs } from "./volumes.ts";
