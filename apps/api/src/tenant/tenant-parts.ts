/** What the tenant API works with. */
import type { Timer } from "@caprock/domain";
import type { ForgetMemoryParts, ForkParts } from "@caprock/memory";
import type { LedgerStore } from "@caprock/metering";
import type { AuthenticationParts, TokenIssueParts } from "@caprock/tenancy";
import type { TurnParts } from "@caprock/turn";
import type { IdempotencyParts } from "../idempotency/idempotency-parts.ts";
import type { StandingParts } from "../standings/read-standings.ts";

export interface TenantParts {
  readonly authentication: AuthenticationParts;
  readonly turn: TurnParts;
  /** Read for what stored responses cost in tokens. */
  readonly ledger: Pick<LedgerStore, "find">;
  /** Undefined where the deployment issues no access tokens. */
  readonly tokens: TokenIssueParts | undefined;
  readonly standings: StandingParts;
  readonly idempotency: IdempotencyParts;
  readonly memory: ForgetMemoryParts & ForkParts;
  readonly maxBodyBytes: number;
  /** Tells when a stream has been silent for long. */
  readonly timer: Timer;
}
