/** For tests: ingestion marks in a Map. */
import type { IngestionMark, IngestionMarks, Sending } from "../long-term/ingestion-marks.ts";
import { actorName, sessionName, tenantActorsPrefix } from "../long-term/memory-names.ts";
import type { SessionKey } from "../long-term/session-turn.ts";

export class MapMarks implements IngestionMarks {
  readonly #marks = new Map<string, IngestionMark>();

  async read(session: SessionKey): Promise<IngestionMark | undefined> {
    return this.#marks.get(pathOf(session));
  }

  async beginSending(session: SessionKey, next: Sending): Promise<boolean> {
    const mark = this.#marks.get(pathOf(session));
    const isNew = mark?.incarnation !== next.incarnation;
    const free = isNew ? next.through === 0 : mark.through === next.through && mark.sendingTo === undefined;
    if (free) {
      this.#marks.set(pathOf(session), next);
    }
    return free;
  }

  async billAnew(session: SessionKey, sending: Sending, before: string | undefined): Promise<boolean> {
    const own = this.#isSending(session, sending) && this.#marks.get(pathOf(session))?.billId === before;
    if (own) {
      this.#marks.set(pathOf(session), sending);
    }
    return own;
  }

  async endSending(session: SessionKey, sending: Sending): Promise<boolean> {
    const { incarnation, sendingTo } = sending;
    const own = this.#isSending(session, sending);
    if (own) {
      this.#marks.set(pathOf(session), { incarnation, through: sendingTo, sendingTo: undefined });
    }
    return own;
  }

  async removeSession(session: SessionKey): Promise<void> {
    this.#marks.delete(pathOf(session));
  }

  async removeActor(tenantId: string, actorId: string): Promise<void> {
    this.#removeBelow(`${actorName(tenantId, actorId)}/`);
  }

  async removeTenant(tenantId: string): Promise<void> {
    this.#removeBelow(tenantActorsPrefix(tenantId));
  }

  #isSending(session: SessionKey, { incarnation, through, sendingTo }: Sending): boolean {
    const mark = this.#marks.get(pathOf(session));
    return mark?.incarnation === incarnation && mark.through === through && mark.sendingTo === sendingTo;
  }

  #removeBelow(prefix: string): void {
    for (const path of this.#marks.keys()) {
      if (path.startsWith(prefix)) {
        this.#marks.delete(path);
      }
    }
  }
}

function pathOf({ tenantId, actorId, sessionId }: SessionKey): string {
  return `${actorName(tenantId, actorId)}/${sessionName(sessionId)}`;
}
