/** Adapters of inference's ports to Amazon Bedrock. */
export { HttpBedrockRuntime, type HttpBedrockRuntimeOptions } from "./http-bedrock-runtime.ts";
export type { Credentials } from "./sign-request.ts";
