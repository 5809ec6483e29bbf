/** For tests: a vector store in a Map. */
import type { Clock, TenantId } from "@caprock/domain";
import type { ForgetScope } from "../long-term/forget.ts";
import type { SessionPlace, TurnVectors, VectorStore } from "../sessions/vector-store.ts";

interface Kept {
  readonly place: SessionPlace;
  readonly turn: TurnVectors;
}

export class MapVectorStore implements VectorStore {
  readonly #kept = new Map<string, Kept>();
  readonly #clock: Clock;
  readonly #keptForMs: number;

  constructor(clock: Clock, keptForMs: number) {
    this.#clock = clock;
    this.#keptForMs = keptForMs;
  }

  async keep(place: SessionPlace, turn: TurnVectors): Promise<boolean> {
    const id = JSON.stringify([...idOf(place), turn.sequence]);
    const isNew = !this.#kept.has(id);
    if (isNew) {
      this.#kept.set(id, { place, turn });
    }
    return isNew;
  }

  async lastSequence(place: SessionPlace): Promise<number> {
    return (await this.between(place, 1, Number.POSITIVE_INFINITY)).at(-1)?.sequence ?? 0;
  }

  async between(place: SessionPlace, first: number, last: number): Promise<readonly TurnVectors[]> {
    const wanted = JSON.stringify(idOf(place));
    const oldestMs = this.#clock.now() - this.#keptForMs;
    return [...this.#kept.values()]
      .filter((one) => JSON.stringify(idOf(one.place)) === wanted)
      .map(({ turn }) => turn)
      .filter(({ sequence, atMs }) => first <= sequence && sequence <= last && atMs > oldestMs)
      .sort((a, b) => a.sequence - b.sequence);
  }

  async delete(tenantId: TenantId, scope: ForgetScope): Promise<void> {
    for (const id of this.#within(tenantId, scope)) {
      this.#kept.delete(id);
    }
  }

  async stored(tenantId: TenantId, scope: ForgetScope): Promise<number> {
    return this.#within(tenantId, scope).length;
  }

  #within(tenantId: TenantId, scope: ForgetScope): string[] {
    return [...this.#kept]
      .filter(
        ([, { place, turn }]) =>
          place.tenantId === tenantId &&
          (!("actorId" in scope) || scope.actorId === place.actorId) &&
          (!("sessionId" in scope) || scope.sessionId === place.sessionId) &&
          (!("turnId" in scope) || scope.turnId === turn.turnId),
      )
      .map(([id]) => id);
  }
}

function idOf({ tenantId, actorId, sessionId, incarnation }: SessionPlace): string[] {
  return [tenantId, actorId, sessionId, incarnation];
}
