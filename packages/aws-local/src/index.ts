/** A local AWS for development and tests. Product code never imports this package. */
export type { AgentCoreBehaviour } from "./agentcore/service.ts";
export type { LocalModel } from "./bedrock/models.ts";
export type { Speed } from "./bedrock/pace.ts";
export { createTables, OlderTableError } from "./dynamodb/create-tables.ts";
export type { FaultRequest } from "./faults.ts";
export { type AwsLocal, type AwsLocalOptions, startAwsLocal } from "./server.ts";
export type { PublishedMessage } from "./sns/publisher.ts";
export type { ServedInvocation, ServedUsage, WitnessFilter, WitnessReport } from "./witness.ts";
