/** For tests: ingestion marks in a Map. */
import type { IngestionMark, IngestionMarks } from "../long-term/ingestion-marks.ts";
import { actorName, sessionName, tenantActorsPrefix } from "../long-term/memory-names.ts";
import type { SessionKey } from "../long-term/session-turn.ts";

const none: IngestionMark = { through: 0, sendingTo: undefined };

export class MapMarks implements IngestionMarks {
  readonly #marks = new Map<string, IngestionMark>();

  async read(session: SessionKey): Promise<IngestionMark> {
    return this.#marks.get(pathOf(session)) ?? none;
  }

  async beginSending(session: SessionKey, through: number, sendingTo: number): Promise<boolean> {
    const mark = this.#marks.get(pathOf(session)) ?? none;
    const free = mark.through === through && mark.sendingTo === undefined;
    if (free) {
      this.#marks.set(pathOf(session), { through, sendingTo });
    }
    return free;
  }

  async endSending(session: SessionKey, through: number, sendingTo: number): Promise<boolean> {
    const mark = this.#marks.get(pathOf(session)) ?? none;
    const own = mark.through === through && mark.sendingTo === sendingTo;
    if (own) {
      this.#marks.set(pathOf(session), { through: sendingTo, sendingTo: undefined });
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
