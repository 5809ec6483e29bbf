/** A typed client of the admin API: the route definitions are its only description. */
import type { RouteConfig, z } from "@hono/zod-openapi";
import { listAdjustmentsRoute, listClosedMonthsRoute, rerateRoute } from "./adjustments.ts";
import {
  listAlertsRoute,
  readAlertRulesRoute,
  readPlatformAlertRulesRoute,
  replaceAlertRulesRoute,
  replacePlatformAlertRulesRoute,
} from "./alerts.ts";
import {
  createApiKeyRoute,
  listApiKeysRoute,
  revokeApiKeyRoute,
  rotateApiKeyRoute,
  updateApiKeyRoute,
} from "./api-keys.ts";
import {
  listAuditRoute,
  listPlatformAuditRoute,
  verifyAuditRoute,
  verifyPlatformAuditRoute,
} from "./audit.ts";
import {
  listHoldsRoute,
  listPlatformHoldsRoute,
  releaseHoldRoute,
  releasePlatformHoldRoute,
} from "./holds.ts";
import { addInferenceProfileRoute, removeInferenceProfileRoute } from "./inference-profiles.ts";
import {
  addOverrideRoute,
  addPlatformOverrideRoute,
  endOverrideRoute,
  endPlatformOverrideRoute,
  listLimitsRoute,
  readPlatformLimitsRoute,
  replacePlatformLimitsRoute,
} from "./limits.ts";
import { forgetActorRoute, forgetTenantRoute } from "./memory.ts";
import { compareSourcesRoute, readMetricsPolicyRoute } from "./metrics.ts";
import { listReconciliationsRoute, requestReconciliationRoute } from "./reconciliations.ts";
import {
  focusCsvRoute,
  forecastRoute,
  moversRoute,
  statementRoute,
  usageCsvRoute,
  usageReportRoute,
} from "./reports.ts";
import { createTenantRoute, listTenantsRoute, readTenantRoute, updateTenantRoute } from "./tenants.ts";
import { listLedgerRoute, usageSummaryRoute } from "./usage.ts";

/** An error answer of the admin API. */
export class AdminApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly param: string | undefined;

  constructor(status: number, code: string, message: string, param?: string) {
    super(message);
    this.name = "AdminApiError";
    this.status = status;
    this.code = code;
    this.param = param;
  }
}

type SchemaOf<R, Status extends number> = R extends {
  responses: Record<Status, { content: { "application/json": { schema: infer S } } }>;
}
  ? S extends z.ZodType
    ? z.output<S>
    : never
  : never;
type Answer<R> = SchemaOf<R, 200> | SchemaOf<R, 201>;
type Params<R> = R extends { request: { params: infer P } }
  ? P extends z.ZodType
    ? z.input<P>
    : never
  : undefined;
type QueryOf<R> = R extends { request: { query: infer Q } }
  ? Q extends z.ZodType
    ? z.input<Q>
    : never
  : undefined;
type BodyOf<R> = R extends { request: { body: { content: { "application/json": { schema: infer B } } } } }
  ? B extends z.ZodType
    ? z.input<B>
    : never
  : undefined;

interface CallInput {
  params?: Record<string, string>;
  query?: Record<string, unknown>;
  body?: unknown;
}

export interface AdminClientOptions {
  /** For example "http://127.0.0.1:4100"; empty for the page's own origin. */
  readonly baseUrl: string;
  readonly token: string;
  readonly fetch?: typeof fetch;
}

/** Makes a client whose methods mirror the routes. Every method throws AdminApiError when the API says no. */
export function createAdminClient(options: AdminClientOptions) {
  async function send(route: RouteConfig, input: CallInput): Promise<Response> {
    const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(input.params?.[name] ?? ""),
    );
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(input.query ?? {})) {
      if (value !== undefined) {
        query.set(name, String(value));
      }
    }
    const search = query.size > 0 ? `?${query}` : "";
    return (options.fetch ?? fetch)(`${options.baseUrl}${path}${search}`, {
      method: route.method.toUpperCase(),
      headers: {
        authorization: `Bearer ${options.token}`,
        ...(input.body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(input.body === undefined ? {} : { body: JSON.stringify(input.body) }),
    });
  }

  async function call<R extends RouteConfig>(route: R, input: CallInput): Promise<Answer<R>> {
    const response = await send(route, input);
    const body: unknown = await response.json().catch(() => undefined);
    if (!response.ok) {
      throw errorOf(response.status, body);
    }
    return body as Answer<R>;
  }

  type Input<R> = (Params<R> extends undefined ? unknown : { params: Params<R> }) &
    (BodyOf<R> extends undefined ? unknown : { body: BodyOf<R> }) &
    (QueryOf<R> extends undefined ? unknown : { query?: QueryOf<R> });
  const method =
    <R extends RouteConfig>(route: R) =>
    (input: Input<R>): Promise<Answer<R>> =>
      call(route, input as CallInput);
  /** For what is no JSON: the answer itself, whose body is yet to be read. */
  const download =
    <R extends RouteConfig>(route: R) =>
    async (input: Input<R>): Promise<Response> => {
      const response = await send(route, input as CallInput);
      if (!response.ok) {
        throw errorOf(response.status, await response.json().catch(() => undefined));
      }
      return response;
    };

  return {
    listTenants: method(listTenantsRoute),
    createTenant: method(createTenantRoute),
    readTenant: method(readTenantRoute),
    updateTenant: method(updateTenantRoute),
    listApiKeys: method(listApiKeysRoute),
    addInferenceProfile: method(addInferenceProfileRoute),
    removeInferenceProfile: method(removeInferenceProfileRoute),
    createApiKey: method(createApiKeyRoute),
    updateApiKey: method(updateApiKeyRoute),
    rotateApiKey: method(rotateApiKeyRoute),
    revokeApiKey: method(revokeApiKeyRoute),
    listLimits: method(listLimitsRoute),
    addOverride: method(addOverrideRoute),
    endOverride: method(endOverrideRoute),
    readPlatformLimits: method(readPlatformLimitsRoute),
    replacePlatformLimits: method(replacePlatformLimitsRoute),
    addPlatformOverride: method(addPlatformOverrideRoute),
    endPlatformOverride: method(endPlatformOverrideRoute),
    listAudit: method(listAuditRoute),
    verifyAudit: method(verifyAuditRoute),
    listPlatformAudit: method(listPlatformAuditRoute),
    verifyPlatformAudit: method(verifyPlatformAuditRoute),
    usageSummary: method(usageSummaryRoute),
    listLedger: method(listLedgerRoute),
    rerate: method(rerateRoute),
    listAdjustments: method(listAdjustmentsRoute),
    listClosedMonths: method(listClosedMonthsRoute),
    listHolds: method(listHoldsRoute),
    releaseHold: method(releaseHoldRoute),
    forgetTenant: method(forgetTenantRoute),
    forgetActor: method(forgetActorRoute),
    listPlatformHolds: method(listPlatformHoldsRoute),
    releasePlatformHold: method(releasePlatformHoldRoute),
    listAlerts: method(listAlertsRoute),
    readAlertRules: method(readAlertRulesRoute),
    replaceAlertRules: method(replaceAlertRulesRoute),
    readPlatformAlertRules: method(readPlatformAlertRulesRoute),
    replacePlatformAlertRules: method(replacePlatformAlertRulesRoute),
    listReconciliations: method(listReconciliationsRoute),
    requestReconciliation: method(requestReconciliationRoute),
    readMetricsPolicy: method(readMetricsPolicyRoute),
    compareSources: method(compareSourcesRoute),
    usageReport: method(usageReportRoute),
    movers: method(moversRoute),
    forecast: method(forecastRoute),
    usageCsv: download(usageCsvRoute),
    focusCsv: download(focusCsvRoute),
    statement: download(statementRoute),
  };
}

export type AdminClient = ReturnType<typeof createAdminClient>;

function errorOf(status: number, body: unknown): AdminApiError {
  const error = (body as { error?: { code?: string; message?: string; param?: string } } | undefined)?.error;
  return new AdminApiError(
    status,
    error?.code ?? "unreadable_answer",
    error?.message ?? `The admin API answered ${status} without a readable error.`,
    error?.param,
  );
}
