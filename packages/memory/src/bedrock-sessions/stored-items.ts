/** Finds every item that a scope has in the table of sessions that Bedrock keeps, to count it or to delete it. */
import type { TenantId } from "@caprock/domain";
import { pointerItem, sessionPath, turnName } from "../dynamodb/session-items.ts";
import { summaryName } from "../dynamodb/session-summaries.ts";
import { lastWriter } from "../dynamodb/stored-items.ts";
import type { TenantItems } from "../dynamodb/tenant-items.ts";
import type { ForgetScope } from "../long-term/forget.ts";
import { actorName } from "../long-term/memory-names.ts";
import type { StoredCounts } from "../sessions/session-store.ts";
import { pointerName } from "./turn-items.ts";

export interface StoredItem {
  readonly item: string;
  /** Absent from all but turns, and from what stays of a deleted one: its number. */
  readonly turnId: string | undefined;
}

/** A volume counts for as long as it is not known that Bedrock has deleted its session. */
export async function countStored(
  items: TenantItems,
  tenantId: TenantId,
  scope: ForgetScope,
): Promise<StoredCounts> {
  const counts = { sessions: 0, turns: 0, summaries: 0, bodies: 0, other: 0 };
  for await (const { item, turnId } of storedItems(items, tenantId, scope)) {
    if (item.startsWith("session/")) {
      counts.sessions += 1;
    } else if (item.startsWith("summary/")) {
      counts.summaries += 1;
    } else if (!item.startsWith("turn/")) {
      counts.other += 1;
    } else if (turnId !== undefined) {
      counts.turns += 1;
    }
  }
  return counts;
}

/** Sessions come first: whoever is about to make a volume, or to append a turn, finds its session gone. */
export async function* storedItems(
  items: TenantItems,
  tenantId: TenantId,
  scope: ForgetScope,
): AsyncGenerator<StoredItem> {
  switch (scope.kind) {
    case "tenant":
      for (const kind of ["session/", "volume/", "turn/", "turn-id/", "unkept/", "summary/"]) {
        yield* items.namesBelow(tenantId, kind);
      }
      return;
    case "actor": {
      const name = actorName(tenantId, scope.actorId);
      for (const kind of ["session", "volume", "turn", "unkept", "summary"]) {
        yield* items.namesBelow(tenantId, `${kind}/${name}/`);
      }
      // Where a writer died before its turn was there, only this leads to what it left.
      yield* items.namesBelow(tenantId, "turn-id/", scope.actorId);
      return;
    }
    case "session": {
      const path = sessionPath({ tenantId, ...scope });
      const turnIds = await lastWriter(items, tenantId, path);
      yield* named(items, tenantId, `session/${path}`);
      yield* items.namesBelow(tenantId, `volume/${path}/`);
      for (const kind of ["turn", "unkept"]) {
        for await (const found of items.namesBelow(tenantId, `${kind}/${path}/`)) {
          yield found;
          if (found.turnId !== undefined) {
            turnIds.add(found.turnId);
          }
        }
      }
      for (const turnId of turnIds) {
        yield* named(items, tenantId, pointerName(turnId));
      }
      yield* named(items, tenantId, summaryName({ tenantId, ...scope }));
      return;
    }
    case "turn":
      yield* ofTurn(items, tenantId, scope);
  }
}

async function* ofTurn(
  items: TenantItems,
  tenantId: TenantId,
  { actorId, sessionId, turnId }: ForgetScope & { readonly kind: "turn" },
): AsyncGenerator<StoredItem> {
  const session = { tenantId, actorId, sessionId };
  const found = await items.get(tenantId, pointerName(turnId));
  const pointer = found && pointerItem.parse(found);
  if (pointer?.actorId !== actorId || pointer.sessionId !== sessionId) {
    return;
  }
  yield { item: pointerName(turnId), turnId: undefined };
  yield* named(items, tenantId, summaryName(session));
  const name = turnName(session, pointer.incarnation, pointer.sequence);
  const turn = await items.get(tenantId, name);
  if (turn?.turnId === turnId) {
    yield { item: name, turnId };
  }
}

async function* named(items: TenantItems, tenantId: TenantId, item: string): AsyncGenerator<StoredItem> {
  if (await items.get(tenantId, item)) {
    yield { item, turnId: undefined };
  }
}
