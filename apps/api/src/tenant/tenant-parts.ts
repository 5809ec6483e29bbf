/** What the tenant API works with. */
import type { Timer } from "@caprock/domain";
import type { AuthenticationParts } from "@caprock/tenancy";
import type { TurnParts } from "@caprock/turn";

export interface TenantParts {
  readonly authentication: AuthenticationParts;
  readonly turn: TurnParts;
  readonly maxBodyBytes: number;
  /** Tells when a stream has been silent for long. */
  readonly timer: Timer;
}
