/** How records are named, and which events are of one session. */
import { newId } from "../system.ts";
import type { StoredEvent } from "./state.ts";

export function newRecordId(): string {
  return `mem-${newId()}`;
}

type SessionKey = Pick<StoredEvent, "memoryId" | "actorId" | "sessionId">;

export function sameSession(a: SessionKey, b: SessionKey): boolean {
  return a.memoryId === b.memoryId && a.actorId === b.actorId && a.sessionId === b.sessionId;
}
