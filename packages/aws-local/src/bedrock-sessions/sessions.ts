/** Sessions: made under an id of Bedrock's own, expired when idle, ended, deleted once they are not active. */
import { z } from "zod";
import { newId } from "../system.ts";
import { check, SessionsError } from "./errors.ts";
import { isoOf, type Operation, pageOf, type SessionsParts, uuid } from "./operation.ts";
import type { StoredSession } from "./state.ts";

/** Amazon Bedrock user guide, "Store and retrieve conversation history and context". */
const idleMs = 3_600_000;
const keptMs = 30 * 86_400_000;

const metadata = z
  .record(z.string().min(1).max(100), z.string().max(5_000))
  .refine((map) => Object.keys(map).length <= 50, "at most 50 entries");
const createSchema = z.strictObject({
  sessionMetadata: metadata.default({}),
  encryptionKeyArn: z.string().min(1).max(2_048).optional(),
  tags: z.record(z.string(), z.string()).optional(),
});
const updateSchema = z.strictObject({ sessionMetadata: metadata.optional() });

export const sessionOperations: readonly Operation[] = [
  {
    name: "CreateSession",
    method: "PUT",
    path: "/sessions/",
    status: 201,
    run: ({ json }, parts) => {
      const { sessionMetadata, encryptionKeyArn } = check(createSchema, json);
      const atMs = parts.nowMs();
      const session: StoredSession = {
        sessionId: newId(),
        metadata: sessionMetadata,
        encryptionKeyArn,
        createdAtMs: atMs,
        updatedAtMs: atMs,
        isEnded: false,
      };
      parts.state.put("session", session.sessionId, session);
      return { ...named(session, parts), createdAt: isoOf(atMs) };
    },
  },
  {
    name: "ListSessions",
    method: "POST",
    path: "/sessions/",
    status: 200,
    run: ({ query }, parts) => {
      const all = parts.state
        .all("session")
        .filter((session) => isKept(session, parts))
        .sort((a, b) => b.createdAtMs - a.createdAtMs);
      const { items, ...page } = pageOf(all, ({ sessionId }) => sessionId, query);
      return { sessionSummaries: items.map((session) => summary(session, parts)), ...page };
    },
  },
  {
    name: "GetSession",
    method: "GET",
    path: "/sessions/{sessionIdentifier}/",
    status: 200,
    run: ({ labels }, parts) => {
      const session = sessionNamed(labels.sessionIdentifier, parts);
      return {
        ...summary(session, parts),
        sessionMetadata: session.metadata,
        encryptionKeyArn: session.encryptionKeyArn,
      };
    },
  },
  {
    name: "UpdateSession",
    method: "PUT",
    path: "/sessions/{sessionIdentifier}/",
    status: 200,
    run: ({ json, labels }, parts) => {
      const { sessionMetadata } = check(updateSchema, json);
      const session = activeSession(labels.sessionIdentifier, parts);
      const updated = {
        ...session,
        metadata: sessionMetadata ?? session.metadata,
        updatedAtMs: parts.nowMs(),
      };
      parts.state.put("session", session.sessionId, updated);
      return summary(updated, parts);
    },
  },
  {
    name: "EndSession",
    method: "PATCH",
    path: "/sessions/{sessionIdentifier}",
    status: 200,
    run: ({ labels }, parts) => {
      const session = activeSession(labels.sessionIdentifier, parts);
      const ended = { ...session, isEnded: true, updatedAtMs: parts.nowMs() };
      parts.state.put("session", session.sessionId, ended);
      return named(ended, parts);
    },
  },
  {
    name: "DeleteSession",
    method: "DELETE",
    path: "/sessions/{sessionIdentifier}/",
    status: 200,
    run: ({ labels }, parts) => {
      const session = sessionNamed(labels.sessionIdentifier, parts);
      if (statusOf(session, parts) === "ACTIVE") {
        throw new SessionsError("ConflictException", "The session is active: end it before it is deleted.");
      }
      parts.state.deleteSession(session.sessionId);
      return {};
    },
  },
];

/** By its id or its ARN. Throws ResourceNotFoundException, also for what Bedrock has deleted by its age. */
export function sessionNamed(identifier: string | undefined, parts: SessionsParts): StoredSession {
  const arn = `${parts.arnPrefix}:session/`;
  const sessionId = check(uuid, identifier?.startsWith(arn) ? identifier.slice(arn.length) : identifier);
  const session = parts.state.get("session", sessionId);
  if (session && isKept(session, parts)) {
    return session;
  }
  parts.state.deleteSession(sessionId);
  throw new SessionsError("ResourceNotFoundException", `There is no session ${sessionId}.`);
}

/** Throws ConflictException for what takes no more. AWS does not say which error it is there. */
export function activeSession(identifier: string | undefined, parts: SessionsParts): StoredSession {
  const session = sessionNamed(identifier, parts);
  const status = statusOf(session, parts);
  if (status !== "ACTIVE") {
    throw new SessionsError("ConflictException", `Session ${session.sessionId} is ${status}.`);
  }
  return session;
}

function isKept({ createdAtMs }: StoredSession, { nowMs }: SessionsParts): boolean {
  return createdAtMs + keptMs > nowMs();
}

/** What is written keeps a session from being idle; whether reading does is not documented. */
function statusOf({ isEnded, updatedAtMs }: StoredSession, { nowMs }: SessionsParts) {
  return isEnded ? "ENDED" : updatedAtMs + idleMs > nowMs() ? "ACTIVE" : "EXPIRED";
}

function named(session: StoredSession, parts: SessionsParts) {
  const { sessionId } = session;
  return {
    sessionId,
    sessionArn: `${parts.arnPrefix}:session/${sessionId}`,
    sessionStatus: statusOf(session, parts),
  };
}

function summary(session: StoredSession, parts: SessionsParts) {
  return {
    ...named(session, parts),
    createdAt: isoOf(session.createdAtMs),
    lastUpdatedAt: isoOf(session.updatedAtMs),
  };
}
