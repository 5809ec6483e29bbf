/** Every metric that Caprock sends, with its unit and meaning; METRICS.md is generated from this table. */

/** The CloudWatch namespace of all of them. */
export const metricNamespace = "Caprock";

/** The units of CloudWatch that are used. */
export type MetricUnit = "Count" | "Milliseconds" | "None";

export interface MetricDefinition {
  readonly unit: MetricUnit;
  /** A sum is added up; a spread keeps each value, for percentiles. */
  readonly kind: "sum" | "spread";
  /** How many of what is counted inside make one of what is sent: money is counted in nano-USD. */
  readonly parts: number;
  readonly meaning: string;
}

function sum(meaning: string, unit: MetricUnit = "Count", parts = 1): MetricDefinition {
  return { unit, kind: "sum", parts, meaning };
}

function spread(meaning: string): MetricDefinition {
  return { unit: "Milliseconds", kind: "spread", parts: 1, meaning };
}

/** In the order that the page has them. A name never changes what it counts. */
export const metricTable = {
  InputTokens: sum("Tokens read that were neither read from nor written to a prompt cache."),
  CacheReadTokens: sum("Tokens read from a prompt cache."),
  CacheWrite5mTokens: sum("Tokens written to a prompt cache for five minutes."),
  CacheWrite1hTokens: sum("Tokens written to a prompt cache for an hour."),
  OutputTokens: sum("Tokens generated."),
  CostUsd: sum("What the tenant is charged, in USD: the sum of the ledger's entries.", "None", 1_000_000_000),
  Requests: sum("Calls that have a ledger entry; work on long-term memory is none."),
  Throttles: sum("Calls that one of Caprock's own limits refused: budgets, rates, calls at once."),
  Latency: spread("From the call's arrival to its settlement."),
  TimeToFirstToken: spread("From the call's arrival to the first token of a streamed answer."),
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof metricTable;

/** The names of dimensions: a tenant's id, or `other`; a model's id in the catalog. */
export const tenantDimension = "Tenant";
export const modelDimension = "Model";
export type DimensionName = typeof tenantDimension | typeof modelDimension;

/** The sets of dimensions under which every metric is sent: CloudWatch does not sum over dimensions by itself. */
export const dimensionSets: readonly (readonly DimensionName[])[] = [
  [modelDimension],
  [tenantDimension],
  [tenantDimension, modelDimension],
];

/** The tenant dimension of everyone who has no series of their own. No tenant id looks like it. */
export const otherTenants = "other";
