/** Port: what Bedrock itself recorded of the calls it served. */
import type { ApiKeyId, RequestId, TenantId, TokenUsage } from "@caprock/domain";

/** Keys that every call carries in its requestMetadata; Bedrock writes them to its invocation log. */
export const metadataKeys = {
  tenant: "caprock_tenant",
  request: "caprock_request",
  apiKey: "caprock_key",
  wire: "caprock_wire",
} as const;

/** All that Bedrock logged for one request; several invocations of it are summed. */
export interface LoggedInvocation {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
  readonly wire: string;
  /** The id that was invoked, inference profile included. */
  readonly invokedId: string;
  readonly serviceTier: string;
  readonly usage: TokenUsage;
  readonly invokedAtMs: number;
}

export interface InvocationLog {
  /** Looks for requests among what was logged in [fromMs, toMs). Requests that are not logged are absent. */
  find(
    requestIds: ReadonlySet<RequestId>,
    range: { readonly fromMs: number; readonly toMs: number },
  ): Promise<ReadonlyMap<RequestId, LoggedInvocation>>;
}
