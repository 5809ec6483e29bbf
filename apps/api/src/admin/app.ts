/** The admin API, and the OpenAPI document that describes it. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { methodNotAllowed } from "../http/method-not-allowed.ts";
import { readBytes, readJson } from "../http/read-json.ts";
import type { RequestEnv } from "../http/request-context.ts";
import { answerOnce } from "../idempotency/answer-once.ts";
import type { AdminParts } from "./admin-parts.ts";
import { answerProblem } from "./answer-problem.ts";
import { authenticateAdmin } from "./principal.ts";
import { addAdjustmentRoutes } from "./routes/adjustments.ts";
import { addAlertRoutes } from "./routes/alerts.ts";
import { addApiKeyRoutes } from "./routes/api-keys.ts";
import { addAuditRoutes } from "./routes/audit.ts";
import { addHoldRoutes } from "./routes/holds.ts";
import { addInferenceProfileRoutes } from "./routes/inference-profiles.ts";
import { addLimitRoutes } from "./routes/limits.ts";
import { addMemoryRoutes } from "./routes/memory.ts";
import { addMetricRoutes } from "./routes/metrics.ts";
import { addReconciliationRoutes } from "./routes/reconciliations.ts";
import { addReportRoutes } from "./routes/reports.ts";
import { addTenantRoutes } from "./routes/tenants.ts";
import { addUsageRoutes } from "./routes/usage.ts";

export function createAdminApp(parts: AdminParts): OpenAPIHono<RequestEnv> {
  const routes = createRoutes(parts);
  const app = new OpenAPIHono<RequestEnv>();
  app.use("/admin/v1/*", adminOnly(parts));
  app.use(
    "/admin/v1/*",
    answerOnce(parts.idempotency, {
      async identify(c) {
        const body = await readBytes(c.req.raw, parts);
        if ("refused" in body) {
          return body;
        }
        const { method, headers } = c.req.raw;
        c.req.raw = new Request(c.req.url, {
          method,
          headers,
          ...(body.value.length > 0 && { body: body.value }),
        });
        return { scope: `admin#${c.get("actor")}`, bytes: body.value };
      },
      answerProblem,
    }),
  );
  app.use("/admin/v1/*", atOnceHere(parts));
  const served = servedRoutes(routes);
  for (const { method, path, hasBody } of served) {
    if (hasBody) {
      app.on(method, path, boundedJson(parts));
    }
  }
  app.route("/", routes);
  for (const path of new Set(served.map((route) => route.path))) {
    const methods = served.filter((route) => route.path === path).map(({ method }) => method);
    app.all(path, methodNotAllowed(methods.join(", "), answerProblem));
  }
  app.all("/admin/*", (c) => c.notFound());
  app.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Caprock admin API",
      version: "1",
      description: "Tenants, their API keys, and what they spend. Amounts are exact decimal strings in USD.",
    },
    security: [{ adminToken: [] }],
  });
  app.openAPIRegistry.registerComponent("securitySchemes", "adminToken", { type: "http", scheme: "bearer" });
  return app;
}

/** The routes of the contract with their handlers, and nothing around them. */
function createRoutes(parts: AdminParts): OpenAPIHono<RequestEnv> {
  const routes = new OpenAPIHono<RequestEnv>({
    defaultHook: (result, c) => {
      if (!result.success) {
        const issue = result.error.issues[0];
        const param = memberName(issue?.path ?? []);
        return answerProblem(c, {
          code: "invalid_request",
          message:
            param === "" ? `The request ${issue?.message ?? "is wrong"}.` : `${param}: ${issue?.message}.`,
          ...(param === "" ? {} : { param }),
        });
      }
      return undefined;
    },
  });
  addTenantRoutes(routes, parts);
  addApiKeyRoutes(routes, parts);
  addInferenceProfileRoutes(routes, parts);
  addLimitRoutes(routes, parts);
  addHoldRoutes(routes, parts);
  addMemoryRoutes(routes, parts);
  addAuditRoutes(routes, parts);
  addUsageRoutes(routes, parts);
  addReportRoutes(routes, parts);
  addAdjustmentRoutes(routes, parts);
  addMetricRoutes(routes, parts);
  addAlertRoutes(routes, parts);
  addReconciliationRoutes(routes, parts);
  return routes;
}

interface ServedRoute {
  /** As HTTP writes it: "GET". */
  readonly method: string;
  /** As Hono writes it: "/tenants/:tenantId". */
  readonly path: string;
  readonly hasBody: boolean;
}

/** What the contract's definitions say of the routes that have a handler. */
function servedRoutes({ openAPIRegistry }: OpenAPIHono<RequestEnv>): ServedRoute[] {
  return openAPIRegistry.definitions.flatMap((definition) =>
    definition.type === "route"
      ? [
          {
            method: definition.route.method.toUpperCase(),
            path: definition.route.path.replace(/\{(\w+)\}/g, ":$1"),
            hasBody: definition.route.request?.body !== undefined,
          },
        ]
      : [],
  );
}

function adminOnly(parts: AdminParts) {
  return createMiddleware<RequestEnv>(async (c, next) => {
    const principal = authenticateAdmin(c.req.header("authorization"), parts);
    if ("refused" in principal) {
      return answerProblem(c, principal.refused);
    }
    c.set("actor", principal.actor);
    return next();
  });
}

/** What an admin changes holds at once for the calls of this process; others follow within `callerCopyMaxAgeMs`. */
function atOnceHere({ recentCallers }: AdminParts) {
  return createMiddleware<RequestEnv>(async (c, next) => {
    await next();
    if (c.req.method !== "GET") {
      recentCallers?.forget();
    }
  });
}

/** Names a member as a caller would write it: "rules[2].window". */
function memberName(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (name, step) =>
      typeof step === "number" ? `${name}[${step}]` : `${name}${name === "" ? "" : "."}${String(step)}`,
    "",
  );
}

/** Bodies are read here, within bounds, so that what validates them finds JSON or nothing. */
function boundedJson(limits: { readonly maxBodyBytes: number }) {
  return createMiddleware<RequestEnv>(async (c, next) => {
    const body = await readJson(c.req.raw, limits);
    if ("refused" in body) {
      return answerProblem(c, body.refused);
    }
    const headers = new Headers(c.req.raw.headers);
    headers.set("content-type", "application/json");
    c.req.raw = new Request(c.req.url, { method: c.req.method, headers, body: JSON.stringify(body.value) });
    return next();
  });
}
