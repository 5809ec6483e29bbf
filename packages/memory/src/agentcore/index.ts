/** Long-term memory on AgentCore. */
export { AgentCoreMemory, type AgentCoreMemoryOptions } from "./agentcore-memory.ts";
export { ensureMemory } from "./ensure-memory.ts";
