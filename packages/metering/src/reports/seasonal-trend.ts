/** Continues a series of hourly values: by its weekly or daily pattern with a straight trend, or by its mean. */

/**
 * `weekly`: pattern of the 168 hours of the week and a trend, from two whole weeks on. `daily`: pattern of the 24
 * hours of the day and a trend, from one week on. `run-rate`: the mean, from one day on.
 */
export type ForecastMethod = "weekly" | "daily" | "run-rate";

export interface Continuation {
  readonly method: ForecastMethod;
  /** How many hours it rests on. */
  readonly hours: number;
  /** The value expected of hour `index`, where 0 is the first of the series; never negative. */
  expected(index: number): number;
  /** The standard error of the sum of the next `hours` hours behind the series. */
  errorOfNext(hours: number): number;
}

export const leastHours = 24;
const dayHours = 24;
const weekHours = 7 * dayHours;

/** Tells the hour of the week (0 to 167) that an hour of the series is, in the calendar that people live by. */
export type HourOfWeek = (index: number) => number;

/**
 * Undefined for less than a day of values. The trend is the least-squares line through the totals of whole periods
 * (weeks or days, the newest last), which a pattern within the period cannot bend; the pattern is the mean, for each
 * hour of the period, of what the trend leaves (classical additive decomposition: Hyndman and Athanasopoulos,
 * "Forecasting: Principles and Practice", 3rd edition, section 3.4). A series that is a line plus such a pattern is
 * continued exactly. The error is that of a sum of predictions of a regression on a trend (section 7.6 there), with
 * the days as observations.
 */
export function continueSeries(values: readonly number[], hourOfWeek: HourOfWeek): Continuation | undefined {
  if (values.length < leastHours) {
    return undefined;
  }
  if (values.length < weekHours) {
    return runRate(values);
  }
  const method = values.length < 2 * weekHours ? "daily" : "weekly";
  const period = method === "daily" ? dayHours : weekHours;
  const first = values.length % period;
  const slope = trendOf(values.slice(first), period);
  const seasonOf = (index: number) => hourOfWeek(index) % period;
  const pattern = patternOf(values, first, slope, seasonOf);
  const level = meanOf([...pattern.values()]);
  const expected = (index: number) => Math.max(0, (pattern.get(seasonOf(index)) ?? level) + slope * index);
  const days = (values.length - first) / dayHours;
  const dailyErrors = daySums(values.map((value, index) => value - expected(index)).slice(first));
  const freedom = Math.max(1, days - period / dayHours - 1);
  const variance = dailyErrors.reduce((sum, error) => sum + error * error, 0) / freedom;
  const spread = (days * (days * days - 1)) / 12;
  return {
    method,
    hours: values.length - first,
    expected,
    errorOfNext(hours) {
      const ahead = hours / dayHours;
      // From the middle of the history to the middle of what is asked for.
      const distance = days / 2 + ahead / 2;
      return Math.sqrt(variance * (ahead + (ahead * ahead) / days + (ahead * distance) ** 2 / spread));
    },
  };
}

function runRate(values: readonly number[]): Continuation {
  const mean = meanOf(values);
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return {
    method: "run-rate",
    hours: values.length,
    expected: () => mean,
    errorOfNext: (hours) => Math.sqrt(variance * (hours + (hours * hours) / values.length)),
  };
}

/** What an hour adds to the one before it. */
function trendOf(values: readonly number[], period: number): number {
  const totals = Array.from({ length: values.length / period }, (_, index) =>
    sumOf(values.slice(index * period, (index + 1) * period)),
  );
  const middle = (totals.length - 1) / 2;
  const mean = meanOf(totals);
  const slope =
    sumOf(totals.map((total, index) => (index - middle) * (total - mean))) /
    sumOf(totals.map((_, index) => (index - middle) ** 2));
  // From one period's total to the next, each of its hours grew by `period` steps.
  return slope / (period * period);
}

function patternOf(
  values: readonly number[],
  first: number,
  slope: number,
  seasonOf: (index: number) => number,
): ReadonlyMap<number, number> {
  const left = new Map<number, number[]>();
  for (let index = first; index < values.length; index += 1) {
    const season = seasonOf(index);
    const ofSeason = left.get(season) ?? [];
    ofSeason.push((values[index] ?? 0) - slope * index);
    left.set(season, ofSeason);
  }
  return new Map([...left].map(([season, ofSeason]) => [season, meanOf(ofSeason)]));
}

function daySums(values: readonly number[]): number[] {
  return Array.from({ length: values.length / dayHours }, (_, day) =>
    sumOf(values.slice(day * dayHours, (day + 1) * dayHours)),
  );
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function meanOf(values: readonly number[]): number {
  return sumOf(values) / values.length;
}
