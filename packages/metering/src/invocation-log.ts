/** Port: what Bedrock itself recorded of the calls it served. */
import { type ApiKeyId, addUsage, type RequestId, type TenantId, type TokenUsage } from "@caprock/domain";
import type { GrantId } from "./account-store.ts";

/** Keys that every call carries in its requestMetadata; Bedrock writes them to its invocation log. */
export const metadataKeys = {
  tenant: "caprock_tenant",
  request: "caprock_request",
  apiKey: "caprock_key",
  wire: "caprock_wire",
  application: "caprock_app",
  grant: "caprock_grant",
} as const;

/** All that Bedrock logged for one request; several invocations of it are summed. */
export interface LoggedInvocation {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
  readonly wire: string;
  readonly application: string;
  /** The grant that let the call through; absent when it had holds of its own. */
  readonly grantId?: GrantId;
  /** The id that was invoked, inference profile included. */
  readonly invokedId: string;
  readonly serviceTier: string;
  readonly usage: TokenUsage;
}

/** When a request's record can have been written: epoch milliseconds, from inclusive, to exclusive. */
export interface LogRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface InvocationLog {
  /** Looks for requests, each in its own range. Requests that are not logged are absent. */
  find(wanted: ReadonlyMap<RequestId, LogRange>): Promise<ReadonlyMap<RequestId, LoggedInvocation>>;
  /**
   * Every invocation that was logged in the hours of a range and carries a request id of Caprock. A request that
   * was invoked several times comes as often.
   */
  list(range: LogRange): AsyncIterable<LoggedInvocation>;
  /**
   * Whether anything at all was logged in the range. A log that is silent proves nothing: its delivery may be
   * broken, or switched off.
   */
  isAlive(range: LogRange): Promise<boolean>;
}

/** Two invocations of one request as one. */
export function sumOfInvocations(a: LoggedInvocation, b: LoggedInvocation): LoggedInvocation {
  return { ...b, usage: addUsage(a.usage, b.usage) };
}
