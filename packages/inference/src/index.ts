/** Which models there are, and how to call them. */
export { BedrockFault, type MayHaveRun, problemOfFault } from "./bedrock-fault.ts";
export type {
  BedrockRuntime,
  ConverseAnswer,
  ConverseCall,
  ConverseFrame,
  CountCall,
  JsonObject,
} from "./bedrock-runtime.ts";
export { allModels, type Catalog, callableIds, createCatalog } from "./catalog/index.ts";
export { reportedServiceTier, reportedUsage } from "./reported-usage.ts";
