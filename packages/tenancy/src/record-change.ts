/** Writes down a change that an admin is about to make. */
import { CaprockError, type Clock, type Random } from "@caprock/domain";
import { type AuditChain, type AuditEntry, entryAfter } from "./audit-chain.ts";
import type { AuditLog } from "./audit-log.ts";

/** What a verb needs in order to tell who changed what, and when. */
export interface ChangeParts {
  readonly audit: AuditLog;
  readonly clock: Clock;
  readonly random: Random;
  /** Who makes the change. */
  readonly actor: string;
}

/** A change, before it is made. Its members may be bigints, which are told as decimal strings. */
export type ToldChange = Pick<AuditEntry, "action" | "target" | "change">;

const attempts = 50;
const entryIdBytes = 16;

/**
 * Appends an entry to a chain. To be called before the change is written: an entry may then tell of a change
 * whose write failed or lost a race, but no change is ever made without one. Throws `conflict` when others were
 * faster fifty times over.
 */
export async function recordChange(
  chain: AuditChain,
  told: ToldChange,
  { audit, clock, random, actor }: ChangeParts,
): Promise<void> {
  const id = Buffer.from(random.bytes(entryIdBytes)).toString("hex");
  const entry = { ...told, chain, id, actor, atMs: clock.now() };
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    if (await audit.add(chain, entryAfter(await audit.last(chain), entry))) {
      return;
    }
  }
  throw new CaprockError({
    code: "conflict",
    message: "Too many changes are being made at once. Try again.",
  });
}
