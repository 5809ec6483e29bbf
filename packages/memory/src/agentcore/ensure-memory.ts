/** Makes the memory of a local platform from the declaration that infra reads, and checks one that is there. */
import {
  type BedrockAgentCoreControlClient,
  CreateMemoryCommand,
  GetMemoryCommand,
  type Memory,
  type MemoryStrategyInput,
  paginateListMemories,
} from "@aws-sdk/client-bedrock-agentcore-control";
import { CaprockError } from "@caprock/domain";
import { eventExpiryDays, type MemoryStrategy, memoryStrategies } from "../long-term/memory-strategies.ts";
import { resolveNamespace } from "../long-term/namespaces.ts";

/**
 * The id of the memory of this name, made where it is missing. Throws CaprockError (`memory_misconfigured`) when the
 * declaration has a placeholder that AgentCore does not fill, or when the memory that is there has other namespaces.
 */
export async function ensureMemory(
  client: BedrockAgentCoreControlClient,
  name: string,
  strategies: readonly MemoryStrategy[] = memoryStrategies,
): Promise<string> {
  for (const { namespace } of strategies) {
    resolveNamespace(namespace, { actorId: "a", sessionId: "s", memoryStrategyId: "m" });
  }
  const known = await find(client, name);
  if (known !== undefined) {
    checkStrategies(known, strategies);
    return known.id ?? "";
  }
  const { memory } = await client.send(
    new CreateMemoryCommand({
      name,
      description: "Caprock: long-term memory of all tenants",
      eventExpiryDuration: eventExpiryDays,
      memoryStrategies: strategies.map(toInput),
    }),
  );
  return memory?.id ?? "";
}

async function find(client: BedrockAgentCoreControlClient, name: string): Promise<Memory | undefined> {
  for await (const { memories = [] } of paginateListMemories({ client }, {})) {
    const known = memories.find(({ id }) => id?.startsWith(`${name}-`) && id.length === name.length + 11);
    if (known) {
      return (await client.send(new GetMemoryCommand({ memoryId: known.id }))).memory;
    }
  }
  return undefined;
}

function checkStrategies(
  { id, strategies: present = [] }: Memory,
  declared: readonly MemoryStrategy[],
): void {
  for (const { name, type, namespace } of declared) {
    const same = present.some((one) => one.type === type && one.namespaceTemplates?.includes(namespace));
    if (!same) {
      throw new CaprockError({
        code: "memory_misconfigured",
        message: `The memory ${id} has no strategy "${name}" with the namespace ${namespace}.`,
      });
    }
  }
}

function toInput({ name, type, namespace }: MemoryStrategy): MemoryStrategyInput {
  const input = { name, namespaceTemplates: [namespace] };
  switch (type) {
    case "SEMANTIC":
      return { semanticMemoryStrategy: input };
    case "SUMMARIZATION":
      return { summaryMemoryStrategy: input };
    case "USER_PREFERENCE":
      return { userPreferenceMemoryStrategy: input };
    case "EPISODIC":
      return { episodicMemoryStrategy: input };
  }
}
