/** The control plane: memories, their strategies and their states. */
import { z } from "zod";
import { newId } from "../system.ts";
import { AgentCoreError, check } from "./errors.ts";
import { maxResults, namespaceTemplate, nextToken } from "./identifiers.ts";
import { readTemplate } from "./namespaces.ts";
import type { AgentCoreParts, Operation } from "./operation.ts";
import { pageOf } from "./page.ts";
import type { Memory, Strategy } from "./state.ts";

const mostMemories = 150;
const mostStrategies = 6;
const templates = z.array(namespaceTemplate).min(1).max(1);
const strategyInput = z.strictObject({
  name: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,47}$/),
  description: z.string().optional(),
  /** Deprecated by AWS in favour of namespaceTemplates, and still accepted. */
  namespaces: templates.optional(),
  namespaceTemplates: templates.optional(),
  reflectionConfiguration: z
    .strictObject({ namespaces: templates.optional(), namespaceTemplates: templates.optional() })
    .optional(),
});
const strategyUnion = z.strictObject({
  semanticMemoryStrategy: strategyInput.optional(),
  summaryMemoryStrategy: strategyInput.optional(),
  userPreferenceMemoryStrategy: strategyInput.optional(),
  episodicMemoryStrategy: strategyInput.optional(),
});
const types = {
  semanticMemoryStrategy: "SEMANTIC",
  summaryMemoryStrategy: "SUMMARIZATION",
  userPreferenceMemoryStrategy: "USER_PREFERENCE",
  episodicMemoryStrategy: "EPISODIC",
} as const;

const eventExpiryDuration = z.number().int().min(7).max(365);
const createSchema = z.strictObject({
  name: z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,47}$/),
  eventExpiryDuration,
  clientToken: z.string().optional(),
  description: z.string().optional(),
  encryptionKeyArn: z.string().optional(),
  memoryExecutionRoleArn: z.string().optional(),
  memoryStrategies: z.array(strategyUnion).max(mostStrategies).optional(),
  tags: z.record(z.string(), z.string()).optional(),
});
const updateSchema = z.strictObject({
  clientToken: z.string().optional(),
  description: z.string().optional(),
  eventExpiryDuration: eventExpiryDuration.optional(),
  memoryExecutionRoleArn: z.string().optional(),
  memoryStrategies: z
    .strictObject({
      addMemoryStrategies: z.array(strategyUnion).optional(),
      modifyMemoryStrategies: z
        .array(
          z.strictObject({
            memoryStrategyId: z.string(),
            description: z.string().optional(),
            namespaces: templates.optional(),
            namespaceTemplates: templates.optional(),
          }),
        )
        .optional(),
      deleteMemoryStrategies: z.array(z.strictObject({ memoryStrategyId: z.string() })).optional(),
    })
    .optional(),
});

export const memoryOperations: readonly Operation[] = [
  {
    name: "CreateMemory",
    method: "POST",
    path: "/memories/create",
    status: 202,
    run: ({ json }, parts) => {
      const { tags: _, memoryStrategies = [], ...asked } = check(createSchema, json);
      const { state, nowMs, settlingMs } = parts;
      const all = state.all("memory");
      const same = all.find(({ clientToken }) => asked.clientToken && clientToken === asked.clientToken);
      if (same) {
        return { memory: memoryView(same, parts) };
      }
      if (all.some(({ name }) => name === asked.name)) {
        throw new AgentCoreError("ValidationException", `Memory with name ${asked.name} already exists.`);
      }
      if (all.length >= mostMemories) {
        throw new AgentCoreError(
          "ServiceQuotaExceededException",
          `An account has at most ${mostMemories} memories.`,
        );
      }
      const atMs = nowMs();
      const memory: Memory = {
        ...asked,
        id: `${asked.name}-${newId().replaceAll("-", "").slice(0, 10)}`,
        strategies: memoryStrategies.map((one) => strategyOf(one, atMs)),
        createdAtMs: atMs,
        updatedAtMs: atMs,
        settledAtMs: atMs + settlingMs(),
        changing: "CREATING",
      };
      state.put("memory", memory.id, memory);
      return { memory: memoryView(memory, parts) };
    },
  },
  {
    name: "GetMemory",
    method: "GET",
    path: "/memories/{memoryId}/details",
    status: 200,
    run: ({ labels }, parts) => ({ memory: memoryView(memoryAt(labels.memoryId, parts), parts) }),
  },
  {
    name: "ListMemories",
    method: "POST",
    path: "/memories/",
    status: 200,
    run: ({ json }, parts) => {
      const asked = check(z.strictObject({ maxResults, nextToken }), json);
      const { items, ...next } = pageOf(parts.state.all("memory"), ({ id }) => id, asked);
      const memories = items.map((memory) => {
        const { arn, id, status, createdAt, updatedAt } = memoryView(memory, parts);
        return { arn, id, status, createdAt, updatedAt };
      });
      return { memories, ...next };
    },
  },
  {
    name: "UpdateMemory",
    method: "PUT",
    path: "/memories/{memoryId}/update",
    status: 202,
    run: ({ json, labels }, parts) => {
      const { memoryStrategies, clientToken: _, ...asked } = check(updateSchema, json);
      const memory = settledMemory(labels.memoryId, parts);
      const atMs = parts.nowMs();
      const strategies = changeStrategies(memory.strategies, memoryStrategies, atMs);
      const changed: Memory = {
        ...memory,
        ...asked,
        strategies,
        updatedAtMs: atMs,
        settledAtMs: atMs + parts.settlingMs(),
        changing: "UPDATING",
      };
      parts.state.put("memory", memory.id, changed);
      return { memory: memoryView(changed, parts) };
    },
  },
  {
    name: "DeleteMemory",
    method: "DELETE",
    path: "/memories/{memoryId}/delete",
    status: 202,
    run: ({ labels }, { state, ...parts }) => {
      const { id } = settledMemory(labels.memoryId, { state, ...parts });
      const own = ({ memoryId }: { readonly memoryId: string }) => memoryId === id;
      for (const { eventId } of state.all("event").filter(own)) {
        state.delete("event", eventId);
      }
      for (const { recordId } of state.all("record").filter(own)) {
        state.delete("record", recordId);
      }
      for (const { jobId } of state.all("job").filter(own)) {
        state.delete("job", jobId);
      }
      state.delete("memory", id);
      return { memoryId: id, status: "DELETING" };
    },
  },
];

/** Throws ResourceNotFoundException. */
function memoryAt(id: string | undefined, { state }: Pick<AgentCoreParts, "state">): Memory {
  // A memory may also be named by its ARN.
  const memory = state.get("memory", (id ?? "").split("/").at(-1) ?? "");
  if (memory === undefined) {
    throw new AgentCoreError("ResourceNotFoundException", `Memory ${id} does not exist.`);
  }
  return memory;
}

/** Throws ResourceNotFoundException, or ConflictException while it is being created or changed. */
export function settledMemory(id: string | undefined, parts: AgentCoreParts): Memory {
  const memory = memoryAt(id, parts);
  if (memory.settledAtMs > parts.nowMs()) {
    throw new AgentCoreError("ConflictException", `Memory ${id} is ${memory.changing}.`);
  }
  return memory;
}

function strategyOf(union: z.infer<typeof strategyUnion>, createdAtMs: number): Strategy {
  const given = (Object.keys(types) as (keyof typeof types)[]).filter((kind) => union[kind] !== undefined);
  const [kind] = given;
  const input = kind && union[kind];
  if (given.length !== 1 || kind === undefined || input === undefined) {
    throw new AgentCoreError("ValidationException", "A memory strategy names exactly one kind.");
  }
  const type = types[kind];
  const usual = type === "SUMMARIZATION" || type === "EPISODIC" ? "sessions/{sessionId}/" : "";
  const asked = input.namespaceTemplates ?? input.namespaces;
  const own = (asked ?? [`/strategies/{memoryStrategyId}/actors/{actorId}/${usual}`]).map(readTemplate);
  const { reflectionConfiguration: reflection } = input;
  const reflections = (reflection?.namespaceTemplates ?? reflection?.namespaces)?.map(readTemplate);
  if (reflections?.some((one) => !own.some((template) => template.startsWith(one)))) {
    throw new AgentCoreError(
      "ValidationException",
      "A reflection's namespace must be a prefix of its episodes'.",
    );
  }
  return {
    strategyId: `${input.name}-${newId().replaceAll("-", "").slice(0, 10)}`,
    name: input.name,
    ...(input.description === undefined ? {} : { description: input.description }),
    type,
    namespaceTemplates: own,
    ...(reflections ? { reflectionTemplates: reflections } : {}),
    createdAtMs,
  };
}

function changeStrategies(
  before: readonly Strategy[],
  change: z.infer<typeof updateSchema>["memoryStrategies"],
  atMs: number,
): Strategy[] {
  const known = (id: string) => {
    if (!before.some(({ strategyId }) => strategyId === id)) {
      throw new AgentCoreError("ValidationException", `Strategy ${id} does not exist.`);
    }
    return id;
  };
  const gone = (change?.deleteMemoryStrategies ?? []).map(({ memoryStrategyId }) => known(memoryStrategyId));
  const modified = new Map(
    (change?.modifyMemoryStrategies ?? []).map((one) => [known(one.memoryStrategyId), one]),
  );
  const after = [
    ...before
      .filter(({ strategyId }) => !gone.includes(strategyId))
      .map((strategy) => {
        const asked = modified.get(strategy.strategyId);
        const own = asked?.namespaceTemplates ?? asked?.namespaces;
        return { ...strategy, ...(own ? { namespaceTemplates: own.map(readTemplate) } : {}) };
      }),
    ...(change?.addMemoryStrategies ?? []).map((one) => strategyOf(one, atMs)),
  ];
  if (after.length > mostStrategies) {
    throw new AgentCoreError(
      "ServiceQuotaExceededException",
      `A memory has at most ${mostStrategies} strategies.`,
    );
  }
  return after;
}

function memoryView(memory: Memory, { nowMs, arnPrefix }: AgentCoreParts) {
  const {
    id,
    name,
    strategies,
    settledAtMs,
    changing,
    createdAtMs,
    updatedAtMs,
    clientToken: _,
    ...rest
  } = memory;
  return {
    ...rest,
    id,
    name,
    arn: `${arnPrefix}:memory/${id}`,
    status: settledAtMs > nowMs() ? changing : "ACTIVE",
    createdAt: createdAtMs / 1_000,
    updatedAt: updatedAtMs / 1_000,
    strategies: strategies.map(
      ({ createdAtMs: madeAtMs, namespaceTemplates, reflectionTemplates, ...strategy }) => ({
        ...strategy,
        namespaceTemplates,
        namespaces: namespaceTemplates,
        status: "ACTIVE",
        createdAt: madeAtMs / 1_000,
        updatedAt: updatedAtMs / 1_000,
        ...(reflectionTemplates
          ? {
              configuration: {
                reflection: { episodicReflectionConfiguration: { namespaceTemplates: reflectionTemplates } },
              },
            }
          : {}),
      }),
    ),
  };
}
