/** Adapters of inference's ports to Amazon Bedrock. */
export { BedrockInferenceProfiles } from "./bedrock-inference-profiles.ts";
export { HttpBedrockRuntime, type HttpBedrockRuntimeOptions } from "./http-bedrock-runtime.ts";
export type { Credentials } from "./sign-request.ts";
