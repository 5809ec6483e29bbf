/** Which models there are, and how to call them. */

export { allModels, type Catalog, callableIds, createCatalog } from "@caprock/context/catalog";
export { BedrockFault, type MayHaveRun, problemOfFault } from "./bedrock-fault.ts";
export type {
  BedrockRuntime,
  ChunkFrame,
  ConverseAnswer,
  ConverseCall,
  ConverseFrame,
  CountCall,
  GuardrailCall,
  InvokeAnswer,
  InvokeCall,
  InvokeHeaders,
  InvokeStream,
  JsonObject,
} from "./bedrock-runtime.ts";
export { countInputOf } from "./bedrock-runtime.ts";
export type { InferenceProfiles, NewInferenceProfile } from "./inference-profiles.ts";
export { hourWrites, invocationTier, reportedByChunk, reportedInvocation } from "./reported-invocation.ts";
export { reportedServiceTier, reportedUsage } from "./reported-usage.ts";
export {
  type BodyBounds,
  type EmbeddingPurpose,
  type EmbeddingWire,
  embeddingWireOf,
  type Media,
  type VendorBody,
  vendorBodyOf,
} from "./vendor-bodies/index.ts";
