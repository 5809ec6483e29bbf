/** The admin API, and the OpenAPI document that describes it. */
import type { Problem } from "@caprock/domain";
import { secretMatches } from "@caprock/tenancy";
import { OpenAPIHono } from "@hono/zod-openapi";
import { createMiddleware } from "hono/factory";
import { readJson } from "../http/read-json.ts";
import type { RequestEnv } from "../http/request-context.ts";
import type { AdminParts } from "./admin-parts.ts";
import { answerProblem } from "./answer-problem.ts";
import { addApiKeyRoutes } from "./routes/api-keys.ts";
import { addTenantRoutes } from "./routes/tenants.ts";
import { addUsageRoutes } from "./routes/usage.ts";

export function createAdminApp(parts: AdminParts): OpenAPIHono<RequestEnv> {
  const app = new OpenAPIHono<RequestEnv>({
    defaultHook: (result, c) => {
      if (!result.success) {
        const issue = result.error.issues[0];
        const param = issue?.path.join(".") ?? "";
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
  app.use("/admin/v1/*", adminOnly(parts), boundedJson(parts));
  addTenantRoutes(app, parts);
  addApiKeyRoutes(app, parts);
  addUsageRoutes(app, parts);
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

function adminOnly({ adminTokenSha256 }: AdminParts) {
  return createMiddleware<RequestEnv>(async (c, next) => {
    const token = /^Bearer\s+(\S+)\s*$/i.exec(c.req.header("authorization") ?? "")?.[1];
    if (token === undefined || !secretMatches(token, adminTokenSha256)) {
      return answerProblem(c, invalidToken(token !== undefined));
    }
    return next();
  });
}

function invalidToken(sent: boolean): Problem {
  return {
    code: "invalid_admin_token",
    message: sent
      ? "The admin token is wrong. Locally, `start` prints the right one."
      : "The admin API needs `Authorization: Bearer <admin token>`.",
  };
}

/** Bodies are read here, within bounds, so that what validates them finds JSON or nothing. */
function boundedJson(limits: { readonly maxBodyBytes: number }) {
  return createMiddleware<RequestEnv>(async (c, next) => {
    if (c.req.method !== "POST" && c.req.method !== "PATCH") {
      return next();
    }
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
