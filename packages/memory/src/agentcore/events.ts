/** AgentCore's events of a session, of an actor, or of all actors whose names begin alike. */
import {
  type BedrockAgentCoreClient,
  DeleteEventCommand,
  paginateListActors,
  paginateListEvents,
  paginateListSessions,
  ResourceNotFoundException,
} from "@aws-sdk/client-bedrock-agentcore";
import type { EventPart } from "../long-term/event-parts.ts";
import { memoryFailure } from "./errors.ts";
import { toParts } from "./event-payload.ts";

export interface StoredEvent {
  readonly eventId: string;
  readonly actor: string;
  readonly session: string;
  /** When its first turn was said. */
  readonly atMs: number;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly parts: readonly EventPart[];
}

const pageSize = 100;

export class AgentCoreEvents {
  readonly #client: BedrockAgentCoreClient;
  readonly #memoryId: string;

  constructor(client: BedrockAgentCoreClient, memoryId: string) {
    this.#client = client;
    this.#memoryId = memoryId;
  }

  async *ofSession(actor: string, session: string, abortSignal?: AbortSignal): AsyncGenerator<StoredEvent> {
    const input = { memoryId: this.#memoryId, actorId: actor, sessionId: session, includePayloads: true };
    for await (const { events = [] } of passing(
      paginateListEvents({ client: this.#client, pageSize }, input, { abortSignal }),
    )) {
      for (const { eventId, eventTimestamp, payload = [], metadata } of events) {
        const atMs = eventTimestamp?.getTime() ?? 0;
        yield {
          eventId: eventId ?? "",
          actor,
          session,
          atMs,
          firstSequence: Number(metadata?.firstSequence?.stringValue ?? 0),
          lastSequence: Number(metadata?.lastSequence?.stringValue ?? 0),
          parts: toParts(payload),
        };
      }
    }
  }

  async *ofActor(actor: string, abortSignal?: AbortSignal): AsyncGenerator<StoredEvent> {
    const input = { memoryId: this.#memoryId, actorId: actor };
    for await (const { sessionSummaries = [] } of passing(
      paginateListSessions({ client: this.#client, pageSize }, input, { abortSignal }),
    )) {
      for (const { sessionId } of sessionSummaries) {
        yield* this.ofSession(actor, sessionId ?? "", abortSignal);
      }
    }
  }

  /** AgentCore has no list of one tenant's actors: all are read. */
  async *ofActorsBelow(prefix: string): AsyncGenerator<StoredEvent> {
    const input = { memoryId: this.#memoryId };
    for await (const { actorSummaries = [] } of passing(
      paginateListActors({ client: this.#client, pageSize }, input),
    )) {
      for (const { actorId } of actorSummaries) {
        if (actorId?.startsWith(prefix)) {
          yield* this.ofActor(actorId);
        }
      }
    }
  }

  /** One that is gone already is no error. */
  async delete({ actor, session, eventId }: StoredEvent): Promise<void> {
    try {
      await this.#client.send(
        new DeleteEventCommand({ memoryId: this.#memoryId, actorId: actor, sessionId: session, eventId }),
      );
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) {
        throw memoryFailure(error);
      }
    }
  }
}

/** Pages until the end; an actor or session that does not exist has none. */
async function* passing<Page>(pages: AsyncIterable<Page>): AsyncGenerator<Page> {
  try {
    yield* pages;
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) {
      throw memoryFailure(error);
    }
  }
}
