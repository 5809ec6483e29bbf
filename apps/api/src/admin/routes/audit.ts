/** Admin API: what admins did, and whether its record is whole. */
import {
  type AuditEntryView,
  type AuditReportView,
  listAuditRoute,
  listPlatformAuditRoute,
  verifyAuditRoute,
  verifyPlatformAuditRoute,
} from "@caprock/contract";
import { CaprockError } from "@caprock/domain";
import {
  type AuditChain,
  type ChainedEntry,
  type ChainReport,
  platformChain,
  readEntry,
  tenantNotFound,
  verifyAuditChain,
} from "@caprock/tenancy";
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { RequestEnv } from "../../http/request-context.ts";
import type { AdminParts } from "../admin-parts.ts";
import { answerProblem } from "../answer-problem.ts";

export function addAuditRoutes(app: OpenAPIHono<RequestEnv>, parts: AdminParts): void {
  async function readPage(
    chain: AuditChain,
    { limit, before }: { limit: number; before?: number | undefined },
  ) {
    const entries = await parts.audit.page(chain, { limit, before });
    const last = entries.at(-1);
    const next = last && last.sequence > 1 && entries.length === limit ? { next: last.sequence } : {};
    return { entries: entries.map(entryView), ...next };
  }

  app.openapi(listAuditRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    return c.json(await readPage(tenantId, c.req.valid("query")), 200);
  });

  app.openapi(verifyAuditRoute, async (c) => {
    const { tenantId } = c.req.valid("param");
    if (!(await parts.tenants.read(tenantId))) {
      return answerProblem(c, tenantNotFound(tenantId).refused) as never;
    }
    return c.json(reportView(await verifyAuditChain(tenantId, parts)), 200);
  });

  app.openapi(listPlatformAuditRoute, async (c) =>
    c.json(await readPage(platformChain, c.req.valid("query")), 200),
  );

  app.openapi(verifyPlatformAuditRoute, async (c) =>
    c.json(reportView(await verifyAuditChain(platformChain, parts)), 200),
  );
}

function entryView(stored: ChainedEntry): AuditEntryView {
  const entry = readEntry(stored);
  if (!entry) {
    throw new CaprockError({
      code: "conflict",
      message: `Audit entry ${stored.sequence} is not as Caprock wrote it. The audit's verify route tells more.`,
    });
  }
  const { chain: _, atMs, ...told } = entry;
  return { ...told, at: new Date(atMs).toISOString(), hash: stored.hash };
}

function reportView({ intactEntries, head, firstBroken }: ChainReport): AuditReportView {
  return {
    valid: firstBroken === undefined,
    intactEntries,
    ...(head === undefined ? {} : { head }),
    ...(firstBroken === undefined ? {} : { firstBroken }),
  };
}
