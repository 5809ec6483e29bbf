/** The wire formats of the tenant API, as far as errors go: each says a problem in its own shape. */
import type { Problem, RequestId } from "@caprock/domain";

export interface ErrorAnswer<Body = unknown> {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Body;
}

export type ToErrorAnswer = (problem: Problem, requestId: RequestId) => ErrorAnswer;
