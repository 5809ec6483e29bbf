/** Port: what Bedrock itself recorded of the calls it served. */
import { type ApiKeyId, addUsage, type RequestId, type TenantId, type TokenUsage } from "@caprock/domain";
import type { GrantId } from "./account-store.ts";
import { addUnits, type UnitCounts } from "./price-book/index.ts";

/** Keys that every call carries in its requestMetadata; Bedrock writes them to its invocation log. */
export const metadataKeys = {
  tenant: "caprock_tenant",
  request: "caprock_request",
  apiKey: "caprock_key",
  wire: "caprock_wire",
  application: "caprock_app",
  grant: "caprock_grant",
  source: "caprock_source",
  units: "caprock_units",
  parts: "caprock_parts",
} as const;

/** What Bedrock logged: one invocation, or all that it logged of one call, as `LoggedCalls` sums it. */
export interface LoggedInvocation {
  /** AWS's own id: tells an invocation that was delivered twice from two invocations of one call. */
  readonly awsRequestId: string;
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly apiKeyId: ApiKeyId;
  readonly wire: string;
  readonly application: string;
  /** The grant that let the call through; absent when it had holds of its own. */
  readonly grantId?: GrantId;
  /** The id that was invoked, inference profile included; of an application inference profile the id it was made from. */
  readonly invokedId: string;
  readonly serviceTier: string;
  readonly usage: TokenUsage;
  /** What it was to be billed for by the piece. The log counts tokens alone, so the call's metadata says it. */
  readonly units?: UnitCounts;
  /** Of how many invocations the call was to consist; absent for the usual one. */
  readonly parts?: number;
  /** How many of them these figures sum; absent for one. */
  readonly seen?: number;
}

/** Whether all invocations are seen of which a call was to consist. One that failed may have made fewer. */
export function isWhole({ parts = 1, seen = 1 }: LoggedInvocation): boolean {
  return seen >= parts;
}

/** When a request's record can have been written: epoch milliseconds, from inclusive, to exclusive. */
export interface LogRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What to look for in one pass over the log: calls, and all calls of grants. */
export interface WantedInvocations {
  readonly requests: ReadonlyMap<RequestId, LogRange>;
  readonly grants: ReadonlyMap<GrantId, LogRange>;
}

/** What a log tells at least; it may tell an invocation several times, as its delivery does. */
export interface InvocationLog {
  /** Looks for requests and for the calls of grants, each in its own range. What is not logged is absent. */
  find(wanted: WantedInvocations): Promise<LoggedCalls>;
  /**
   * Every invocation that was logged in the hours of a range and carries a request id of Caprock. A request that
   * was invoked several times comes as often.
   */
  list(range: LogRange): AsyncIterable<LoggedInvocation>;
  /**
   * Whether anything at all was delivered at or after an instant. A log that has been silent since proves nothing
   * by what it lacks: its delivery may be broken, or switched off.
   */
  isAlive(sinceMs: number): Promise<boolean>;
}

type CallName = Pick<LoggedInvocation, "tenantId" | "requestId">;

/** Invocations as calls: those of one call are summed, and one that was delivered before is not counted again. */
export class LoggedCalls {
  private readonly calls = new Map<string, LoggedInvocation>();
  private readonly counted = new Set<string>();

  static of(invocations: Iterable<LoggedInvocation>): LoggedCalls {
    const calls = new LoggedCalls();
    for (const invocation of invocations) {
      calls.add(invocation);
    }
    return calls;
  }

  add(invocation: LoggedInvocation): void {
    if (this.counted.has(invocation.awsRequestId)) {
      return;
    }
    this.counted.add(invocation.awsRequestId);
    const key = keyOf(invocation);
    const earlier = this.calls.get(key);
    this.calls.set(
      key,
      earlier
        ? {
            ...invocation,
            usage: addUsage(earlier.usage, invocation.usage),
            units: addUnits(earlier.units ?? {}, invocation.units),
            seen: (earlier.seen ?? 1) + 1,
          }
        : invocation,
    );
  }

  /** A call by its tenant and its request: ids are unique, but a log is somebody else's writing. */
  get(call: CallName): LoggedInvocation | undefined {
    return this.calls.get(keyOf(call));
  }

  /** Takes a call out. */
  delete(call: CallName): void {
    this.calls.delete(keyOf(call));
  }

  all(): Iterable<LoggedInvocation> {
    return this.calls.values();
  }

  get size(): number {
    return this.calls.size;
  }
}

/** Whether an invocation is of a call, or of a grant, that is looked for. */
export function isWanted(
  { requestId, grantId }: LoggedInvocation,
  { requests, grants }: WantedInvocations,
): boolean {
  return requests.has(requestId) || (grantId !== undefined && grants.has(grantId));
}

function keyOf({ tenantId, requestId }: CallName): string {
  return `${tenantId} ${requestId}`;
}
