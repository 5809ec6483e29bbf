/** Resolved namespaces: where one actor's or one session's records are. */
import { CaprockError, type TenantId } from "@caprock/domain";
import { actorName, sessionName, tenantActorsPrefix } from "./memory-names.ts";
import { type MemoryStrategy, memoryStrategies, type StrategyName } from "./memory-strategies.ts";

/**
 * Fills a template's placeholders. Throws CaprockError (`memory_misconfigured`) for one that is left, because a query
 * with a placeholder in it finds nothing and says so to nobody.
 */
export function resolveNamespace(template: string, values: Readonly<Record<string, string>>): string {
  const resolved = template.replace(/\{(\w+)\}/g, (placeholder, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? placeholder) : placeholder,
  );
  const left = /[{}]/.test(resolved);
  if (left || !/^\/.+\/$/.test(resolved)) {
    throw new CaprockError({
      code: "memory_misconfigured",
      message: left
        ? `The memory namespace "${template}" has a placeholder that nothing fills; known are ${Object.keys(values).join(", ")}.`
        : `The memory namespace "${template}" must begin and end with a slash.`,
    });
  }
  return resolved;
}

/** Everything of a tenant. */
export function tenantNamespace(tenantId: TenantId): string {
  return `/tenants/${tenantActorsPrefix(tenantId)}`;
}

/** Everything of an actor. */
export function actorNamespace(tenantId: TenantId, actorId: string): string {
  return `/tenants/${actorName(tenantId, actorId)}/`;
}

/**
 * What one strategy keeps of an actor: of one session, where it keeps sessions apart and one is named, else of all.
 * Throws like `resolveNamespace`.
 */
export function strategyNamespace(
  strategy: MemoryStrategy,
  tenantId: TenantId,
  actorId: string,
  sessionId?: string,
): string {
  const template =
    sessionId === undefined ? strategy.namespace.replace(/\{sessionId\}\/$/, "") : strategy.namespace;
  return resolveNamespace(template, {
    actorId: actorName(tenantId, actorId),
    ...(sessionId === undefined ? {} : { sessionId: sessionName(sessionId) }),
  });
}

/** The namespaces that hold records of one session alone. */
export function sessionNamespaces(tenantId: TenantId, actorId: string, sessionId: string): string[] {
  return memoryStrategies
    .filter(({ namespace }) => namespace.includes("{sessionId}"))
    .map((strategy) => strategyNamespace(strategy, tenantId, actorId, sessionId));
}

/** Which strategy made what is in a namespace; undefined for a namespace of another actor, or of none. */
export function strategyOf(namespace: string, tenantId: TenantId, actorId: string): StrategyName | undefined {
  return memoryStrategies.find((strategy) =>
    namespace.startsWith(strategyNamespace(strategy, tenantId, actorId)),
  )?.name;
}
