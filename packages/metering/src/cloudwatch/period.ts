/** Chooses the period that metrics are read in. */

const minute = 60;
const day = 86_400;

/** How finely CloudWatch keeps data of an age (user guide, "Metrics retention"); what is older is gone. */
const retention = [
  { days: 15, finest: minute },
  { days: 63, finest: 5 * minute },
  { days: 455, finest: 60 * minute },
] as const;

/** An hour's quarter suits every time zone there is. */
const periods = [day, 60 * minute, 30 * minute, 15 * minute, 5 * minute, minute] as const;

/**
 * The longest period, in seconds, that every edge is a multiple of, so that no period lies in two buckets whatever
 * CloudWatch aligns periods to. Undefined when data of that age is not kept so finely.
 */
export function periodOf(edgesMs: readonly number[], nowMs: number): number | undefined {
  const ageDays = (nowMs - Math.min(...edgesMs)) / (day * 1_000);
  const finest = retention.find(({ days }) => ageDays < days)?.finest;
  return finest === undefined
    ? undefined
    : periods.find((period) => period >= finest && edgesMs.every((edge) => edge % (period * 1_000) === 0));
}
