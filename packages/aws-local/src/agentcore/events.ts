/** Events: what was said, as it was said. */

import { z } from "zod";
import type { OperationCall } from "../rest-json.ts";
import { newId } from "../system.ts";
import { AgentCoreError, check } from "./errors.ts";
import { readCreateEvent } from "./event-request.ts";
import { actorId, eventId, maxResults, nextToken, sessionId } from "./identifiers.ts";
import { settledMemory } from "./memories.ts";
import type { AgentCoreParts, Operation } from "./operation.ts";
import { pageOf } from "./page.ts";
import { sameSession } from "./records-of.ts";
import type { StoredEvent } from "./state.ts";

const dayMs = 86_400_000;
const listSchema = z.strictObject({
  includePayloads: z.boolean().default(false),
  maxResults,
  nextToken,
  filter: z
    .strictObject({
      branch: z.strictObject({ name: z.string(), includeParentBranches: z.boolean().optional() }).optional(),
      eventMetadata: z
        .array(
          z.strictObject({
            left: z.strictObject({ metadataKey: z.string() }),
            operator: z.enum(["EQUALS_TO", "EXISTS", "NOT_EXISTS"]),
            right: z.strictObject({ metadataValue: z.strictObject({ stringValue: z.string() }) }).optional(),
          }),
        )
        .max(5)
        .optional(),
    })
    .optional(),
});

const sessionPath = "/memories/{memoryId}/actor/{actorId}/sessions/{sessionId}";

export const eventOperations: readonly Operation[] = [
  {
    name: "CreateEvent",
    method: "POST",
    path: "/memories/{memoryId}/events",
    status: 201,
    run: ({ json, labels }, parts) => {
      const request = readCreateEvent(json);
      const memory = settledMemory(labels.memoryId, parts);
      const { state, nowMs } = parts;
      const token = request.clientToken;
      const same = state
        .all("event")
        .find((event) => event.memoryId === memory.id && token !== undefined && event.clientToken === token);
      if (same !== undefined) {
        // As AWS has it: the request is not processed again, and gets the answer that the first one got.
        return { event: eventView(same, true) };
      }
      const conversational = request.payload.some((one) => one.conversational !== undefined);
      const session = request.sessionId ?? newId();
      parts.takeSession(`${memory.id}/${request.actorId}/${session}`, conversational);
      const atMs = nowMs();
      const event: StoredEvent = {
        memoryId: memory.id,
        actorId: request.actorId,
        sessionId: session,
        eventId: newEventId(atMs, state.all("event").length),
        timestampMs: request.eventTimestamp * 1_000,
        createdAtMs: atMs,
        payload: request.payload,
        branch: request.branch,
        metadata: request.metadata,
        clientToken: token,
        pending: request.extractionMode !== "SKIP" && request.payload.some((one) => one.blob === undefined),
      };
      state.put("event", event.eventId, event);
      parts.served({
        operation: "CreateEvent",
        owner: event.actorId,
        storedAgain: event.metadata?.storedAgain !== undefined,
      });
      return { event: eventView(event, true) };
    },
  },
  {
    name: "GetEvent",
    method: "GET",
    path: `${sessionPath}/events/{eventId}`,
    status: 200,
    run: (call, parts) => ({ event: eventView(eventAt(call, parts), true) }),
  },
  {
    name: "DeleteEvent",
    method: "DELETE",
    path: `${sessionPath}/events/{eventId}`,
    status: 200,
    run: (call, parts) => {
      const event = eventAt(call, parts);
      parts.state.delete("event", event.eventId);
      return { eventId: event.eventId };
    },
  },
  {
    name: "ListEvents",
    method: "POST",
    path: sessionPath,
    status: 200,
    run: ({ json, labels }, parts) => {
      const asked = check(listSchema, json);
      const key = sessionOf(labels, parts);
      const { branch, eventMetadata = [] } = asked.filter ?? {};
      const events = liveEvents(parts)
        .filter((event) => sameSession(event, key))
        .filter((event) => branch === undefined || event.branch?.name === branch.name)
        .filter((event) =>
          eventMetadata.every(({ left, operator, right }) => {
            const value = event.metadata?.[left.metadataKey]?.stringValue;
            if (operator === "EQUALS_TO") {
              return value !== undefined && value === right?.metadataValue.stringValue;
            }
            return (value !== undefined) === (operator === "EXISTS");
          }),
        )
        .sort((a, b) => (a.eventId < b.eventId ? 1 : -1));
      const { items, ...next } = pageOf(events, (event) => event.eventId, asked);
      return { events: items.map((event) => eventView(event, asked.includePayloads)), ...next };
    },
  },
  {
    name: "ListSessions",
    method: "POST",
    path: "/memories/{memoryId}/actor/{actorId}/sessions",
    status: 200,
    run: ({ json, labels }, parts) => {
      const filter = z.strictObject({ eventFilter: z.literal("HAS_EVENTS").optional() }).optional();
      const asked = check(z.strictObject({ maxResults, nextToken, filter }), json);
      const memory = settledMemory(labels.memoryId, parts);
      const actor = check(actorId, labels.actorId);
      const sessions = new Map<string, object>();
      for (const event of liveEvents(parts)) {
        if (event.memoryId === memory.id && event.actorId === actor && !sessions.has(event.sessionId)) {
          const createdAt = event.createdAtMs / 1_000;
          sessions.set(event.sessionId, { sessionId: event.sessionId, actorId: actor, createdAt });
        }
      }
      const { items, ...next } = pageOf([...sessions], ([id]) => id, asked);
      return { sessionSummaries: items.map(([, summary]) => summary), ...next };
    },
  },
  {
    name: "ListActors",
    method: "POST",
    path: "/memories/{memoryId}/actors",
    status: 200,
    run: ({ json, labels }, parts) => {
      const asked = check(z.strictObject({ maxResults, nextToken }), json);
      const memory = settledMemory(labels.memoryId, parts);
      const own = liveEvents(parts).filter(({ memoryId }) => memoryId === memory.id);
      const actors = [...new Set(own.map((event) => event.actorId))].sort();
      const { items, ...next } = pageOf(actors, (id) => id, asked);
      return { actorSummaries: items.map((id) => ({ actorId: id })), ...next };
    },
  },
];

/** Events that have not expired; those that have are deleted. */
function liveEvents({ state, nowMs }: AgentCoreParts): StoredEvent[] {
  return state.all("event").filter((event) => {
    const days = state.get("memory", event.memoryId)?.eventExpiryDuration ?? 0;
    const live = event.createdAtMs + days * dayMs > nowMs();
    if (!live) {
      state.delete("event", event.eventId);
    }
    return live;
  });
}

function sessionOf(labels: OperationCall["labels"], parts: AgentCoreParts) {
  return {
    memoryId: settledMemory(labels.memoryId, parts).id,
    actorId: check(actorId, labels.actorId),
    sessionId: check(sessionId, labels.sessionId),
  };
}

/** Throws ResourceNotFoundException; an event of another session is refused as AWS does. */
function eventAt({ labels }: OperationCall, parts: AgentCoreParts): StoredEvent {
  const key = sessionOf(labels, parts);
  const event = liveEvents(parts).find((one) => one.eventId === check(eventId, labels.eventId));
  if (event?.memoryId !== key.memoryId || event.actorId !== key.actorId) {
    throw new AgentCoreError("ResourceNotFoundException", `Event ${labels.eventId} does not exist.`);
  }
  if (event.sessionId !== key.sessionId) {
    throw new AgentCoreError(
      "ValidationException",
      "The event is of another session.",
      "EventInOtherSession",
    );
  }
  return event;
}

/** Sorts by time, then by what was stored before. */
function newEventId(atMs: number, before: number): string {
  const time = `${Math.floor(atMs)}`.padStart(16, "0");
  return `${time}${`${before}`.padStart(9, "0")}#${newId().slice(0, 8)}`;
}

function eventView(event: StoredEvent, withPayload: boolean): object {
  const { memoryId, actorId: actor, sessionId: session, timestampMs, payload, branch, metadata } = event;
  return {
    memoryId,
    actorId: actor,
    sessionId: session,
    eventId: event.eventId,
    eventTimestamp: timestampMs / 1_000,
    payload: withPayload ? payload : [],
    ...(branch ? { branch } : {}),
    ...(metadata ? { metadata } : {}),
  };
}
