/** The wire formats of the tenant API, as far as errors go: each says a problem in its own shape. */
import type { Problem, RequestId } from "@caprock/domain";

export interface ErrorAnswer<Body = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export type ToErrorAnswer = (problem: Problem, requestId: RequestId) => ErrorAnswer;

/** Anthropic's clients name its version with every request. */
export function isAnthropicClient(headers: Headers): boolean {
  return headers.has("anthropic-version");
}
