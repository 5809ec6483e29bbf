/** Namespaces: how templates are normalised and resolved, and what a prefix or a path covers. */
import { AgentCoreError } from "./errors.ts";

/** Each variable that a template may have without namespace keys. */
const variables = ["actorId", "sessionId", "memoryStrategyId"] as const;

export type NamespaceValues = Readonly<Record<(typeof variables)[number], string>>;

/** With a slash at either end and none doubled, as AgentCore stores namespaces. */
export function normalizeNamespace(namespace: string): string {
  return `/${namespace.split("/").filter(Boolean).join("/")}/`;
}

/** Normalises a template. Throws a ValidationException for a variable that nothing fills. */
export function readTemplate(template: string): string {
  const rest = template.replace(/\{([^{}]*)\}/g, (whole, name: string) =>
    variables.some((variable) => variable === name) ? "" : whole,
  );
  if (/[{}]/.test(rest)) {
    throw new AgentCoreError(
      "ValidationException",
      `Namespace template "${template}" has a variable other than ${variables.map((one) => `{${one}}`).join(", ")}.`,
    );
  }
  return normalizeNamespace(template);
}

export function resolveTemplate(template: string, values: NamespaceValues): string {
  return normalizeNamespace(
    variables.reduce((text, name) => text.replaceAll(`{${name}}`, values[name]), template),
  );
}

/** What a query may ask for: a prefix of characters as it was given, or a path in the hierarchy. */
export interface NamespaceQuery {
  readonly namespace?: string | undefined;
  readonly namespacePath?: string | undefined;
}

/** Throws a ValidationException unless exactly one of the two is given. */
export function namespaceTest({ namespace, namespacePath }: NamespaceQuery): (one: string) => boolean {
  if ((namespace === undefined) === (namespacePath === undefined)) {
    throw new AgentCoreError(
      "ValidationException",
      "Exactly one of namespace and namespacePath is required.",
    );
  }
  if (namespacePath !== undefined) {
    const path = normalizeNamespace(namespacePath);
    return (one) => one.startsWith(path);
  }
  const prefix = namespace?.startsWith("/") ? namespace : `/${namespace}`;
  return (one) => one.startsWith(prefix);
}
