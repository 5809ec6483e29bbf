/** The whole API: tenant routes, admin routes, health, and answers for everything else. */
import { type Clock, errorCatalog, type Random } from "@caprock/domain";
import type { Logger } from "@caprock/platform";
import { Hono } from "hono";
import type { AdminParts } from "./admin/admin-parts.ts";
import { answerProblem as answerAdminProblem } from "./admin/answer-problem.ts";
import { createAdminApp } from "./admin/app.ts";
import { problemOfError } from "./http/problem-of-error.ts";
import type { RequestEnv } from "./http/request-context.ts";
import { requestLog } from "./http/request-log.ts";
import { answerProblem as answerTenantProblem } from "./tenant/answer-problem.ts";
import { createTenantApp } from "./tenant/app.ts";
import type { TenantParts } from "./tenant/tenant-parts.ts";

export interface ApiParts {
  readonly tenant: TenantParts;
  readonly admin: AdminParts;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: Random;
}

export function createApi(parts: ApiParts): Hono<RequestEnv> {
  const app = new Hono<RequestEnv>();
  app.use(requestLog(parts));
  app.get("/health", (c) => c.json({ status: "ok" }));
  app.route("/", createAdminApp(parts.admin));
  app.route("/", createTenantApp(parts.tenant));
  app.notFound((c) =>
    answererOf(c.req.path)(c, {
      code: "not_found",
      message: `There is no route ${c.req.method} ${c.req.path.slice(0, 200)}.`,
    }),
  );
  app.onError((error, c) => {
    const problem = problemOfError(error);
    // What the caller can mend is no failure of the platform.
    const level = errorCatalog[problem.code].httpStatus >= 500 ? "error" : "info";
    parts.logger[level]({ requestId: c.get("requestId"), code: problem.code, err: error }, "request failed");
    return answererOf(c.req.path)(c, problem);
  });
  return app;
}

function answererOf(path: string) {
  return path.startsWith("/admin/") ? answerAdminProblem : answerTenantProblem;
}
