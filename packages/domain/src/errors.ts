/** Every error a caller can meet: its stable code, its HTTP status and what to do about it. */

/** How a wire format should class an error; each wire maps these to its own type names. */
export type ErrorKind =
  | "invalid_request"
  | "authentication"
  | "permission"
  | "not_found"
  | "conflict"
  | "too_large"
  | "budget"
  | "rate_limit"
  | "upstream"
  | "unavailable"
  | "timeout"
  | "internal";

export interface ErrorDefinition {
  readonly httpStatus: number;
  readonly kind: ErrorKind;
  /** When a caller gets it. */
  readonly meaning: string;
  /** What the caller can do. */
  readonly remedy: string;
}

/** The public error codes. A code never changes its meaning; ERRORS.md is generated from this table. */
export const errorCatalog = {
  missing_api_key: {
    httpStatus: 401,
    kind: "authentication",
    meaning: "The request carries no API key.",
    remedy: "Send the key as `Authorization: Bearer <key>` or `x-api-key: <key>`.",
  },
  invalid_api_key: {
    httpStatus: 401,
    kind: "authentication",
    meaning: "No tenant has this API key.",
    remedy: "Check that the key was copied whole and belongs to this deployment.",
  },
  revoked_api_key: {
    httpStatus: 401,
    kind: "authentication",
    meaning: "The API key was revoked, or it was rotated and this earlier secret of it has ended.",
    remedy: "Use the newer secret or another key, or ask the platform team for one.",
  },
  invalid_access_token: {
    httpStatus: 401,
    kind: "authentication",
    meaning: "The access token has expired, or this deployment did not issue it.",
    remedy: "Get another one at `POST /v1/tokens`.",
  },
  invalid_id_token: {
    httpStatus: 401,
    kind: "authentication",
    meaning: "The ID token of a sign-in is not valid for the API key that is to be acted as.",
    remedy: "Sign in again; check the tenant, the key, and the address that you sign in with.",
  },
  invalid_signature: {
    httpStatus: 401,
    kind: "authentication",
    meaning:
      "The request's AWS signature is malformed, made with another secret, or more than five minutes off.",
    remedy: "Check the access key pair, the clock, and that no proxy changes the request.",
  },
  tenant_suspended: {
    httpStatus: 403,
    kind: "permission",
    meaning: "The tenant of this API key is suspended.",
    remedy: "Ask the platform team to resume it.",
  },
  invalid_admin_token: {
    httpStatus: 401,
    kind: "authentication",
    meaning: "The admin API was called without the admin token, or with a wrong one.",
    remedy: "Send `Authorization: Bearer <admin token>`; locally `start` prints it.",
  },
  invalid_json: {
    httpStatus: 400,
    kind: "invalid_request",
    meaning: "The body is not JSON.",
    remedy: "Send one JSON object; the message tells where reading stopped.",
  },
  invalid_request: {
    httpStatus: 400,
    kind: "invalid_request",
    meaning: "A member of the request is missing or has a wrong type or value.",
    remedy: "Mend the member that the message names.",
  },
  unsupported_parameter: {
    httpStatus: 400,
    kind: "invalid_request",
    meaning: "The request uses a member that Caprock does not serve, or cannot price.",
    remedy: "Leave out the member that the message names.",
  },
  unsupported_by_model: {
    httpStatus: 400,
    kind: "invalid_request",
    meaning: "The model cannot do what the request asks, for example read images or call tools.",
    remedy: "Choose a model that can; `GET /v1/models` tells.",
  },
  context_too_long: {
    httpStatus: 400,
    kind: "invalid_request",
    meaning: "Even the least that must be sent does not fit the model's window.",
    remedy: "Shorten the system prompt, the tools or the question, or lower max_tokens.",
  },
  body_too_large: {
    httpStatus: 413,
    kind: "too_large",
    meaning: "The body is larger than this deployment accepts.",
    remedy: "Send less, for example smaller images.",
  },
  model_not_found: {
    httpStatus: 404,
    kind: "not_found",
    meaning: "The catalog has no such model, or it is not served on this route.",
    remedy: "Use an id from `GET /v1/models`.",
  },
  model_unpriced: {
    httpStatus: 403,
    kind: "permission",
    meaning: "The model, its profile or the service tier has no price, so its cost cannot be capped.",
    remedy: "Use another model, or ask the platform team to add the price.",
  },
  turn_interrupted: {
    httpStatus: 503,
    kind: "unavailable",
    meaning: "The process that ran a followed turn ended before the turn did, and its answer is lost.",
    remedy: "Ask again under another name; what the turn used is settled by what Bedrock logged.",
  },
  not_found: {
    httpStatus: 404,
    kind: "not_found",
    meaning: "There is no such route or resource.",
    remedy: "Check the path and the id.",
  },
  method_not_allowed: {
    httpStatus: 405,
    kind: "invalid_request",
    meaning: "The route exists, but not with this HTTP method.",
    remedy: "Use a method that the `allow` header lists.",
  },
  conflict: {
    httpStatus: 409,
    kind: "conflict",
    meaning: "The resource changed since it was read.",
    remedy: "Read it again and repeat the change.",
  },
  session_conflict: {
    httpStatus: 409,
    kind: "conflict",
    meaning: "Another turn of the session is under way, or took the place of this one.",
    remedy: "Wait until the other turn is answered, then ask again. A turn that was refused is not kept.",
  },
  idempotency_key_reused: {
    httpStatus: 422,
    kind: "invalid_request",
    meaning:
      "The Idempotency-Key was used before, with another method, path, body or header that decides the answer.",
    remedy: "Use a new key for a new request; repeat a request as it was.",
  },
  idempotency_in_progress: {
    httpStatus: 409,
    kind: "conflict",
    meaning: "A request with the same Idempotency-Key is still running.",
    remedy: "Retry with the same key to get its answer.",
  },
  budget_exceeded: {
    httpStatus: 429,
    kind: "budget",
    meaning: "The worst case this call could cost is more than what is left of the tenant's budget.",
    remedy:
      "Lower max_tokens, wait for the next window, or ask for a higher cap. Retrying at once does not help.",
  },
  rate_limited: {
    httpStatus: 429,
    kind: "rate_limit",
    meaning: "The tenant has used its requests of this minute.",
    remedy: "Retry after the time in `retry-after`.",
  },
  too_many_connections: {
    httpStatus: 429,
    kind: "rate_limit",
    meaning: "The tenant has as many WebSocket connections open as one process serves it.",
    remedy: "Close connections that are not needed; one connection serves many turns.",
  },
  too_many_turns: {
    httpStatus: 429,
    kind: "rate_limit",
    meaning: "A WebSocket connection asked for more turns at once than one connection is told.",
    remedy: "Wait until one of them has ended, or open another connection.",
  },
  upstream_rejected: {
    httpStatus: 400,
    kind: "invalid_request",
    meaning: "Bedrock refused the request as invalid; its own words are in the message.",
    remedy: "Mend the request as the message says.",
  },
  upstream_throttled: {
    httpStatus: 429,
    kind: "rate_limit",
    meaning: "Bedrock throttled the call.",
    remedy: "Retry with backoff. Nothing was charged.",
  },
  upstream_unavailable: {
    httpStatus: 503,
    kind: "unavailable",
    meaning: "Bedrock, or a service Caprock needs, could not be reached or is not ready.",
    remedy: "Retry with backoff.",
  },
  upstream_failed: {
    httpStatus: 502,
    kind: "upstream",
    meaning: "Bedrock failed while it worked on the call, or answered with something unreadable.",
    remedy: "Retry; quote the request id if it goes on.",
  },
  upstream_timeout: {
    httpStatus: 504,
    kind: "timeout",
    meaning: "The model, or a service Caprock needs, did not answer in time.",
    remedy: "Retry, or ask for less.",
  },
  shutting_down: {
    httpStatus: 503,
    kind: "unavailable",
    meaning: "This process is stopping and takes no new calls.",
    remedy: "Retry; another process will answer.",
  },
  turn_unreadable: {
    httpStatus: 500,
    kind: "internal",
    meaning: "A turn of the session is there, but what was said in it is missing or damaged in the store.",
    remedy:
      "Delete the turn that the message names, and the session goes on without it; tell the platform team which it was.",
  },
  memory_misconfigured: {
    httpStatus: 500,
    kind: "internal",
    meaning:
      "Long-term memory is not set up as this version of Caprock needs it, for example its namespaces.",
    remedy:
      "Ask the platform team to apply the infrastructure of this version; the message names the difference.",
  },
  internal_error: {
    httpStatus: 500,
    kind: "internal",
    meaning: "Caprock failed in a way it did not foresee.",
    remedy: "Retry; quote the request id to the platform team.",
  },
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalog;

/** What is told to a caller about an error. Members are public: no secrets, prompts or stack traces. */
export interface Problem {
  readonly code: ErrorCode;
  /** What was wrong, which value, what to do. */
  readonly message: string;
  /** The member at fault, as the caller wrote it ("messages[2].content"). */
  readonly param?: string;
  readonly retryAfterSeconds?: number;
  /** Facts for programs, for example the remaining budget. */
  readonly details?: Readonly<Record<string, string | number>>;
}

/** An expected "no", returned and not thrown: budget, limit, unknown model. */
export interface Refusal {
  readonly refused: Problem;
}

/** A refusal to return. Public: what stands in the problem reaches the caller as it is. */
export function refusal(problem: Problem): Refusal {
  return { refused: problem };
}

/** A failure on its way to the caller; `cause` stays inside and is only logged by name. */
export class CaprockError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem, cause?: unknown) {
    super(problem.message, { cause });
    this.name = "CaprockError";
    this.problem = problem;
  }
}
