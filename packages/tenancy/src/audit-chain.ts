/** The chain of audit entries: each one carries the hash of the one before it. */
import { createHash } from "node:crypto";
import { canonicalJson, type TenantId } from "@caprock/domain";
import { z } from "zod";

/** The chain of changes that concern no single tenant: no tenant id looks like it. */
export const platformChain = "platform";
export type AuditChain = TenantId | typeof platformChain;

/** What admins do. The words stand in entries that are never rewritten, so a word is never changed either. */
const auditActions = [
  "tenant.create",
  "tenant.update",
  "override.add",
  "override.end",
  "profile.create",
  "profile.add",
  "profile.remove",
  "platform.limits",
  "key.issue",
  "key.update",
  "key.rotate",
  "key.revoke",
  "hold.release",
  "memory.delete",
  "ledger.rerate",
  "alerts.rules",
  "reconciliation.request",
] as const;
export type AuditAction = (typeof auditActions)[number];

const auditEntry = z.object({
  chain: z.string(),
  /** Counts from 1, without gaps. */
  sequence: z.int().min(1),
  /** Random: two entries that say the same are still two. */
  id: z.string(),
  atMs: z.int(),
  /** Who made the change. */
  actor: z.string(),
  action: z.enum(auditActions),
  /** The id of what was changed. */
  target: z.string(),
  /** What it was changed to; amounts as decimal strings. Never a secret, nor the hash of one. */
  change: z.record(z.string(), z.unknown()),
  /** The hash of the entry before it; `noHash` for the first. */
  previousHash: z.string(),
});
export type AuditEntry = Readonly<z.infer<typeof auditEntry>>;

/** An entry as it is kept: its text, which is what the hash is of, so that no store can change a digit unseen. */
export interface ChainedEntry {
  readonly sequence: number;
  /** The entry as canonical JSON (RFC 8785). */
  readonly text: string;
  /** SHA-256 of the text, hex. */
  readonly hash: string;
}

/** What the first entry of a chain has instead of the hash of the one before it. */
export const noHash = "0".repeat(64);

/** The entry that follows `last` in its chain. */
export function entryAfter(
  last: ChainedEntry | undefined,
  told: Omit<AuditEntry, "sequence" | "previousHash">,
): ChainedEntry {
  const sequence = (last?.sequence ?? 0) + 1;
  const text = canonicalJson({ ...told, sequence, previousHash: last?.hash ?? noHash });
  return { sequence, text, hash: hashOf(text) };
}

/** The hash that an entry with this text has. */
export function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** The entry that a text tells; undefined for what Caprock did not write. */
export function readEntry({ text }: Pick<ChainedEntry, "text">): AuditEntry | undefined {
  try {
    return auditEntry.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
