/** Finds every item that a scope has in the table of sessions, to count it or to delete it. */
import type { TenantId } from "@caprock/domain";
import type { ForgetScope } from "../long-term/forget.ts";
import { actorName } from "../long-term/memory-names.ts";
import type { SessionKey } from "../long-term/session-turn.ts";
import type { StoredCounts } from "../sessions/session-store.ts";
import { pointerItem, sessionPath, turnName } from "./session-items.ts";
import { summaryName } from "./session-summaries.ts";
import type { TenantItems } from "./tenant-items.ts";

interface StoredItem {
  readonly item: string;
  /** Absent from what stays of a deleted turn: its number. */
  readonly turnId: string | undefined;
}

export async function countStored(
  items: TenantItems,
  tenantId: TenantId,
  scope: ForgetScope,
): Promise<Omit<StoredCounts, "bodies">> {
  const counts = { sessions: 0, turns: 0, summaries: 0, other: 0 };
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

/** Sessions come first: whoever is about to append a turn finds its session gone, and takes the turn back. */
export async function* storedItems(
  items: TenantItems,
  tenantId: TenantId,
  scope: ForgetScope,
): AsyncGenerator<StoredItem> {
  switch (scope.kind) {
    case "tenant":
      for (const kind of ["session/", "turn/", "turn-id/", "unkept/", "summary/"]) {
        yield* items.namesBelow(tenantId, kind);
      }
      return;
    case "actor": {
      const name = actorName(tenantId, scope.actorId);
      yield* below(items, tenantId, `${name}/`);
      // Where a writer died before its turn was there, only this leads to what it left.
      yield* items.namesBelow(tenantId, "turn-id/", scope.actorId);
      return;
    }
    case "session":
      yield* ofSession(items, { tenantId, ...scope });
      return;
    case "turn":
      yield* ofTurn(items, tenantId, scope);
  }
}

async function* below(items: TenantItems, tenantId: TenantId, path: string): AsyncGenerator<StoredItem> {
  for (const kind of ["session", "turn", "unkept", "summary"]) {
    yield* items.namesBelow(tenantId, `${kind}/${path}`);
  }
}

/** It may have died before its turn was there; of those before it there is a note. */
export async function lastWriter(items: TenantItems, tenantId: TenantId, path: string): Promise<Set<string>> {
  const head = await items.get(tenantId, `session/${path}`);
  return new Set(typeof head?.claimedBy === "string" ? [head.claimedBy] : []);
}

async function* ofSession(items: TenantItems, session: SessionKey): AsyncGenerator<StoredItem> {
  const { tenantId } = session;
  const path = sessionPath(session);
  const turnIds = await lastWriter(items, tenantId, path);
  if (await items.get(tenantId, `session/${path}`)) {
    yield { item: `session/${path}`, turnId: undefined };
  }
  for (const kind of ["turn", "unkept"]) {
    for await (const found of items.namesBelow(tenantId, `${kind}/${path}/`)) {
      yield found;
      if (found.turnId !== undefined) {
        turnIds.add(found.turnId);
      }
    }
  }
  for (const turnId of turnIds) {
    if (await items.get(tenantId, `turn-id/${turnId}`)) {
      yield { item: `turn-id/${turnId}`, turnId: undefined };
    }
  }
  yield* ofSummary(items, session);
}

/** Nothing before its item is there: its writer may be about to write it. */
async function* ofTurn(
  items: TenantItems,
  tenantId: TenantId,
  { actorId, sessionId, turnId }: ForgetScope & { readonly kind: "turn" },
): AsyncGenerator<StoredItem> {
  const found = await items.get(tenantId, `turn-id/${turnId}`);
  const pointer = found && pointerItem.parse(found);
  if (pointer?.actorId !== actorId || pointer.sessionId !== sessionId) {
    return;
  }
  const name = turnName({ tenantId, actorId, sessionId }, pointer.incarnation, pointer.sequence);
  const turn = await items.get(tenantId, name);
  if (turn === undefined) {
    return;
  }
  yield { item: `turn-id/${turnId}`, turnId: undefined };
  yield* ofSummary(items, { tenantId, actorId, sessionId });
  if (turn.turnId === turnId) {
    yield { item: name, turnId };
  }
}

async function* ofSummary(items: TenantItems, session: SessionKey): AsyncGenerator<StoredItem> {
  if (await items.get(session.tenantId, summaryName(session))) {
    yield { item: summaryName(session), turnId: undefined };
  }
}
