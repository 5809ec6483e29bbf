/** Admin API: what admins did, and whether its record is whole. */
import { createRoute, z } from "@hono/zod-openapi";
import { instant } from "../wire-types.ts";
import { json } from "./json-body.ts";
import { problemResponses } from "./problem-responses.ts";
import { tenantId } from "./tenants.ts";

export const auditEntry = z
  .object({
    sequence: z.int().min(1).openapi({ description: "Counts from 1 in each chain, without gaps." }),
    id: z.string(),
    at: instant,
    actor: z.string(),
    action: z.string().openapi({ example: "tenant.update" }),
    target: z.string().openapi({ description: "The id of what was changed." }),
    change: z.record(z.string(), z.unknown()).openapi({
      description:
        "What it was to be changed to, written before the change was made: the change itself may have failed. Of two entries that make one `version`, only one took effect.",
    }),
    previousHash: z.string(),
    hash: z.string().openapi({ description: "SHA-256, hex, of the entry as canonical JSON (RFC 8785)." }),
  })
  .openapi("AuditEntry");
export type AuditEntryView = z.infer<typeof auditEntry>;

export const auditReport = z
  .object({
    valid: z.boolean(),
    intactEntries: z.int(),
    head: z.object({ sequence: z.int(), hash: z.string() }).optional().openapi({
      description:
        "The last intact entry. Noted outside of Caprock, it shows also a chain that was forged as a whole.",
    }),
    firstBroken: z
      .object({ sequence: z.int(), fault: z.enum(["missing", "changed", "misplaced"]) })
      .optional(),
  })
  .openapi("AuditReport");
export type AuditReportView = z.infer<typeof auditReport>;

const page = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  before: z.coerce
    .number()
    .int()
    .min(1)
    .optional()
    .openapi({ description: "Continue behind this sequence." }),
});

const pageResponse = json(
  z.object({ entries: z.array(auditEntry), next: z.int().optional() }),
  "Newest first; `next` is the `before` of the next page",
);
const reportResponse = json(
  auditReport,
  "Whether every entry is as it was written, and the first that is not",
);

export const listAuditRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/audit",
  tags: ["Audit"],
  summary: "What admins did to a tenant",
  request: { params: z.object({ tenantId }), query: page },
  responses: { 200: pageResponse, ...problemResponses(400, 401, 404, 409) },
});

export const verifyAuditRoute = createRoute({
  method: "get",
  path: "/admin/v1/tenants/{tenantId}/audit/verify",
  tags: ["Audit"],
  summary: "Check a tenant's audit entries, each against the one before it",
  request: { params: z.object({ tenantId }) },
  responses: { 200: reportResponse, ...problemResponses(400, 401, 404) },
});

export const listPlatformAuditRoute = createRoute({
  method: "get",
  path: "/admin/v1/platform/audit",
  tags: ["Audit"],
  summary: "What admins did to the platform's own limits",
  request: { query: page },
  responses: { 200: pageResponse, ...problemResponses(400, 401, 409) },
});

export const verifyPlatformAuditRoute = createRoute({
  method: "get",
  path: "/admin/v1/platform/audit/verify",
  tags: ["Audit"],
  summary: "Check the platform's audit entries, each against the one before it",
  responses: { 200: reportResponse, ...problemResponses(401) },
});
