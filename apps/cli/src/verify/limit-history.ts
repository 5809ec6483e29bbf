/** Reads from the audit log when limits changed and which holds were given back. */
import type { AccountOwner, LimitEdit, LimitHistory } from "@caprock/metering";
import { type AuditEntry, type AuditLog, readEntry } from "@caprock/tenancy";
import { z } from "zod";

const limitMembers = ["rules", "monthlyCapNanoUsd", "requestsPerMinute"];
const overrideSpan = z.object({ fromMs: z.number(), untilMs: z.number() });
const platformZone = z.object({ timeZone: z.string() });

/** A function that reads an owner's chain once. Entries that cannot be read tell nothing; another check finds them. */
export function limitHistories(
  audit: Pick<AuditLog, "entries">,
): (owner: AccountOwner) => Promise<LimitHistory> {
  const known = new Map<AccountOwner, Promise<LimitHistory>>();
  return (owner) => {
    const history = known.get(owner) ?? readHistory(owner, audit);
    known.set(owner, history);
    return history;
  };
}

async function readHistory(owner: AccountOwner, audit: Pick<AuditLog, "entries">): Promise<LimitHistory> {
  const edits: LimitEdit[] = [];
  const released = new Set<string>();
  let timeZone: string | undefined;
  for await (const chained of audit.entries(owner)) {
    const entry = readEntry(chained);
    if (!entry) {
      continue;
    }
    if (entry.action === "hold.release") {
      released.add(entry.target);
    }
    const zone =
      entry.action === "platform.limits" ? platformZone.safeParse(entry.change).data?.timeZone : undefined;
    const rezoned = zone !== undefined && timeZone !== undefined && zone !== timeZone;
    edits.push(...editsOf(entry).map((atMs) => ({ atMs, rezoned })));
    timeZone = zone ?? timeZone;
  }
  return { edits, released };
}

/** When an entry changed what limits are in force. */
function editsOf({ action, atMs, change }: AuditEntry): readonly number[] {
  switch (action) {
    case "tenant.update":
      return limitMembers.some((member) => change[member] !== undefined) ? [atMs] : [];
    case "platform.limits":
    case "override.end":
      return [atMs];
    case "override.add": {
      const { fromMs, untilMs } = overrideSpan.safeParse(change).data ?? { fromMs: atMs, untilMs: atMs };
      return [atMs, fromMs, untilMs];
    }
    default:
      return [];
  }
}
