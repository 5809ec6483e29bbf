/** Port: turns whose events can be read again, by whoever follows them from a cursor on. */
import type { Problem, RequestId, TenantId } from "@caprock/domain";
import type { JsonObject } from "@caprock/inference";

/** The name that a client gave a turn, after who signed in where somebody did; unique within its tenant for as long as the turn is kept. */
export type LiveTurnName = string;

export type LiveTurnEnding =
  | { readonly how: "completed" | "cancelled" }
  | { readonly how: "failed"; readonly problem: Problem };

export interface LiveTurn {
  readonly tenantId: TenantId;
  readonly name: LiveTurnName;
  readonly requestId: RequestId;
  /** Tells whether two starts of one name ask for the same. */
  readonly bodySha256: string;
  /** Whoever runs the turn says again and again that it lives; after this instant it does not. */
  readonly leaseUntilMs: number;
  readonly cancelRequested: boolean;
  /** Until then somebody follows the turn from elsewhere. */
  readonly followedUntilMs: number;
  /** Absent while it runs. */
  readonly ending?: LiveTurnEnding;
  /** How many events there are in all, once it has ended. */
  readonly eventCount?: number;
}

export interface LiveEvents {
  /** How many events came before these. */
  readonly after: number;
  readonly events: readonly JsonObject[];
}

/** Every write is idempotent. What is kept can be read for `keptForMs` of the store; the tenant comes first, always. */
export interface LiveTurnStore {
  /** Makes the turn, unless one of its name is there. Resolves with the one that stands. */
  begin(
    turn: Pick<LiveTurn, "tenantId" | "name" | "requestId" | "bodySha256" | "leaseUntilMs">,
  ): Promise<LiveTurn>;
  read(tenantId: TenantId, name: LiveTurnName): Promise<LiveTurn | undefined>;
  /** Adds events behind the `after` that there are. */
  append(tenantId: TenantId, name: LiveTurnName, events: LiveEvents): Promise<void>;
  /** The events behind the first `cursor`, in order; a page of them where there are many. */
  list(tenantId: TenantId, name: LiveTurnName, cursor: number): Promise<readonly LiveEvents[]>;
  /** Says that the turn lives. Resolves with the turn as it stands. */
  renew(tenantId: TenantId, name: LiveTurnName, leaseUntilMs: number): Promise<LiveTurn>;
  end(tenantId: TenantId, name: LiveTurnName, ending: LiveTurnEnding, eventCount: number): Promise<void>;
  /** Both resolve with false where there is no such turn. */
  requestCancel(tenantId: TenantId, name: LiveTurnName): Promise<boolean>;
  follow(tenantId: TenantId, name: LiveTurnName, followedUntilMs: number): Promise<boolean>;
}
