/** The context policy that holds for a request: its tenant's, as far as the request does not choose for itself. */
import { type ContextPolicy, narrowedPolicy } from "@caprock/domain";
import type { TurnRequest } from "./turn-request.ts";

export function contextPolicyOf({
  caller,
  contextPolicy,
}: Pick<TurnRequest<unknown, unknown>, "caller" | "contextPolicy">): ContextPolicy {
  return narrowedPolicy(caller.tenant.contextPolicy, contextPolicy);
}

/** What `recall` of the context gets where the policy does not say; a summary stands for a part of what it would bring. */
export function recallShareOf({ strategy, recallShare }: ContextPolicy): number | undefined {
  return recallShare ?? (strategy === "summarise" ? 0.25 : undefined);
}
