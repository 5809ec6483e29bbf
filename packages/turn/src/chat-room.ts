/** How much of a window a turn's chat may take. */
import type { Model } from "@caprock/domain";
import type { AdmittedTurn } from "./admit.ts";
import { contextPolicyOf } from "./context-policy-of.ts";

/** In tokens: the model's window, or the policy's where that is smaller. */
export function windowTokensOf({ request }: Pick<AdmittedTurn, "request">, model: Model): number {
  return Math.min(
    contextPolicyOf(request).windowTokens ?? Number.POSITIVE_INFINITY,
    model.contextWindowTokens,
  );
}

/** In tokens, without what system prompt, tools and answer take. */
export function chatRoomOf(turn: AdmittedTurn): number {
  const { tokens } = turn.call.context ?? {};
  const taken = tokens ? tokens.system + tokens.tools + tokens.reservedOutput : 0;
  return windowTokensOf(turn, turn.route.model) - taken;
}
