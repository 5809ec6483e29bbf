/** Makes the older turns of a chat searchable, within the time that an answer can wait for it. */
import type { ChatMessage } from "@caprock/context";
import type { Clock, RequestId, TenantId } from "@caprock/domain";
import type { TurnSource } from "@caprock/memory";
import type { OpenSession } from "../remember.ts";
import { ChatSearch } from "./chat-search.ts";
import { EventLoopSlices } from "./event-loop-slices.ts";
import { KeptIndexes, type KeptIndexesOptions } from "./kept-indexes.ts";
import { Patience, type PatienceParts } from "./patience.ts";
import { indexNewest, type SearchableHistory } from "./searchable-history.ts";
import { SessionSearch } from "./session-search.ts";

export interface HistorySearchParts extends KeptIndexesOptions, PatienceParts {
  readonly turns: Pick<TurnSource, "turnsAfter">;
  readonly clock: Clock;
  /** As the session store keeps turns. */
  readonly turnsKeptForMs: number;
}

/** Whose history is searched. */
export interface SearchRequest {
  readonly requestId: RequestId;
  readonly tenantId: TenantId;
  readonly session: OpenSession | undefined;
  /** The request's own messages; the last of them asks, and is sent in any case. */
  readonly messages: readonly ChatMessage[];
}

/** One for a process, which keeps the indexes of the chats that it has answered lately. */
export class HistorySearch {
  readonly #slices = new EventLoopSlices();
  readonly #sessions: SessionSearch;
  readonly #chats: ChatSearch;

  constructor(parts: HistorySearchParts) {
    const kept = new KeptIndexes(parts);
    const patience = new Patience(parts);
    this.#sessions = new SessionSearch({ ...parts, kept, patience, slices: this.#slices });
    this.#chats = new ChatSearch({ kept, patience, slices: this.#slices });
  }

  /** Of a session all turns can be searched, and of a chat all that its caller sends; what cannot is counted. Never throws. */
  async open({ requestId, tenantId, session, messages }: SearchRequest): Promise<SearchableHistory> {
    const said = messages.slice(0, -1);
    if (session === undefined) {
      return this.#chats.open(requestId, tenantId, said);
    }
    const past = await this.#sessions.open(requestId, session);
    if (said.length === 0) {
      return past;
    }
    const history = session.turns.reduce((sum, turn) => sum + turn.messages.length, 0);
    const { index, firstPlace } = await indexNewest(said, this.#slices);
    return {
      parts: [...past.parts, { index, firstPlace: history + firstPlace }],
      unsearchedTurns: past.unsearchedTurns + firstPlace,
    };
  }
}
