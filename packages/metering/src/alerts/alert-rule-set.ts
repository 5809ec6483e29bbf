/** Which alerts an owner gets. */
import type { NanoUsd } from "@caprock/domain";
import type { AlertOwner } from "./alert.ts";

export const watchedLimits = ["monthly-cap", "all", "parts"] as const;
export type WatchedLimits = (typeof watchedLimits)[number];

export interface AlertRuleSet {
  readonly thresholds: {
    /** Percent of a limit, each alerted once in the limit's window; none switches them off. */
    readonly percents: readonly number[];
    /**
     * `settled`: what was really used; of calls that were let through by a grant an account knows at the latest when
     * the grant is renewed, after a twentieth of a hold's life. `held` adds what is set aside for calls that run, and all that processes
     * have been granted ahead of calls, so it may alert before the money is spent.
     */
    readonly counting: "settled" | "held";
    /**
     * `monthly-cap` alone; `all`: every limit of a day, week or month that binds the owner as a whole; `parts`: those
     * of its applications and keys too, and of models that a rule names.
     */
    readonly limits: WatchedLimits;
  };
  /** Whether to alert when the month is forecast to end above its cap. */
  readonly forecast: boolean;
  /** Absent: no alerts for unusual spend. */
  readonly anomaly?: {
    /** Spend that is less than this above the usual is never alerted. */
    readonly floorNanoUsd: NanoUsd;
  };
}

/** What holds for whoever has no rules of their own. */
export const defaultAlertRules: AlertRuleSet = {
  thresholds: { percents: [80, 100], counting: "settled", limits: "monthly-cap" },
  forecast: true,
  anomaly: { floorNanoUsd: 1_000_000_000n },
};

/** Rules of an owner's own. */
export interface OwnAlertRules extends AlertRuleSet {
  /** Counts edits from 1, so that of two admins who edit at once the later one does not undo the other unseen. */
  readonly version: number;
}

/** Port: rules that differ from the default ones. */
export interface AlertRuleStore {
  /** Undefined when the owner has none of its own. */
  read(owner: AlertOwner): Promise<OwnAlertRules | undefined>;
  /** False when the version before `rules.version` is not the one that stands; nothing is written then. */
  replace(owner: AlertOwner, rules: OwnAlertRules): Promise<boolean>;
}
