/** Invocations and their steps: what was said, as it was put there; no operation deletes one. */
import { z } from "zod";
import { newId } from "../system.ts";
import { check, SessionsError } from "./errors.ts";
import { isoOf, isoTime, type Operation, pageOf, type SessionsParts, uuid } from "./operation.ts";
import { activeSession, sessionNamed } from "./sessions.ts";
import { keyOf, type StoredInvocation, type StoredSession, type StoredStep } from "./state.ts";

/** Amazon Bedrock user guide, "Store and retrieve conversation history and context". */
const mostSteps = 1_000;
const mostStepBytes = 50 * 1_024 * 1_024;
const mostImages = 20;

const invocationSchema = z.strictObject({
  invocationId: uuid.optional(),
  description: z.string().min(1).max(200).optional(),
});
const imageSchema = z.strictObject({
  format: z.enum(["png", "jpeg", "gif", "webp"]),
  source: z.union([
    z.strictObject({ bytes: z.base64() }),
    z.strictObject({ s3Location: z.strictObject({ uri: z.string() }) }),
  ]),
});
const blockSchema = z.union([
  z.strictObject({ text: z.string().min(1) }),
  z.strictObject({ image: imageSchema }),
]);
const stepSchema = z.strictObject({
  invocationIdentifier: uuid,
  invocationStepId: uuid.optional(),
  invocationStepTime: isoTime,
  payload: z.strictObject({
    contentBlocks: z
      .array(blockSchema)
      .min(1)
      .refine((all) => all.filter((one) => "image" in one).length <= mostImages, "at most 20 images"),
  }),
});

export const stepOperations: readonly Operation[] = [
  {
    name: "CreateInvocation",
    method: "PUT",
    path: "/sessions/{sessionIdentifier}/invocations/",
    status: 201,
    run: ({ json, labels }, parts) => {
      const { invocationId = newId(), description } = check(invocationSchema, json);
      const { sessionId } = touched(activeSession(labels.sessionIdentifier, parts), parts);
      const key = keyOf(sessionId, invocationId);
      if (parts.state.get("invocation", key)) {
        throw new SessionsError("ConflictException", `There is an invocation ${invocationId} already.`);
      }
      const createdAtMs = parts.nowMs();
      parts.state.put("invocation", key, { sessionId, invocationId, description, createdAtMs });
      return { sessionId, invocationId, createdAt: isoOf(createdAtMs) };
    },
  },
  {
    name: "ListInvocations",
    method: "POST",
    path: "/sessions/{sessionIdentifier}/invocations/",
    status: 200,
    run: ({ labels, query }, parts) => {
      const all = within("invocation", sessionNamed(labels.sessionIdentifier, parts), parts);
      const { items, ...page } = pageOf(all.reverse(), ({ invocationId }) => invocationId, query);
      return {
        invocationSummaries: items.map(({ sessionId, invocationId, createdAtMs }) => ({
          sessionId,
          invocationId,
          createdAt: isoOf(createdAtMs),
        })),
        ...page,
      };
    },
  },
  {
    name: "PutInvocationStep",
    method: "PUT",
    path: "/sessions/{sessionIdentifier}/invocationSteps/",
    status: 201,
    run: ({ json, labels }, parts) => {
      const request = check(stepSchema, json);
      const { contentBlocks } = request.payload;
      if (Buffer.byteLength(JSON.stringify(contentBlocks)) > mostStepBytes) {
        throw new SessionsError("ValidationException", "payload: a step holds at most 50 MB.");
      }
      const session = activeSession(labels.sessionIdentifier, parts);
      const { sessionId } = session;
      const { invocationId } = invocationNamed(request.invocationIdentifier, session, parts);
      const stepId = request.invocationStepId ?? newId();
      if (parts.state.get("step", keyOf(sessionId, stepId))) {
        throw new SessionsError("ConflictException", `There is a step ${stepId} already.`);
      }
      if (within("step", session, parts).length >= mostSteps) {
        throw new SessionsError("ServiceQuotaExceededException", "A session holds at most 1,000 steps.");
      }
      touched(session, parts);
      const timeMs = Date.parse(request.invocationStepTime);
      parts.state.put("step", keyOf(sessionId, stepId), {
        sessionId,
        invocationId,
        stepId,
        timeMs,
        contentBlocks,
      });
      return { invocationStepId: stepId };
    },
  },
  {
    name: "GetInvocationStep",
    method: "POST",
    path: "/sessions/{sessionIdentifier}/invocationSteps/{invocationStepId}",
    status: 200,
    run: ({ json, labels }, parts) => {
      const { invocationIdentifier } = check(z.strictObject({ invocationIdentifier: uuid }), json);
      const session = sessionNamed(labels.sessionIdentifier, parts);
      const { invocationId } = invocationNamed(invocationIdentifier, session, parts);
      const stepId = check(uuid, labels.invocationStepId);
      const step = parts.state.get("step", keyOf(session.sessionId, stepId));
      if (step?.invocationId !== invocationId) {
        throw new SessionsError("ResourceNotFoundException", `There is no step ${stepId}.`);
      }
      return { invocationStep: { ...summary(step), payload: { contentBlocks: step.contentBlocks } } };
    },
  },
  {
    name: "ListInvocationSteps",
    method: "POST",
    path: "/sessions/{sessionIdentifier}/invocationSteps/",
    status: 200,
    run: ({ json, labels, query }, parts) => {
      const { invocationIdentifier } = check(z.strictObject({ invocationIdentifier: uuid.optional() }), json);
      const session = sessionNamed(labels.sessionIdentifier, parts);
      // Newest first, as LangGraph's saver relies on.
      const all = within("step", session, parts)
        .filter(({ invocationId }) => (invocationIdentifier ?? invocationId) === invocationId)
        .reverse()
        .sort((a, b) => b.timeMs - a.timeMs);
      const { items, ...page } = pageOf(all, ({ stepId }) => stepId, query);
      return { invocationStepSummaries: items.map(summary), ...page };
    },
  },
];

function touched(session: StoredSession, { state, nowMs }: SessionsParts): StoredSession {
  const after = { ...session, updatedAtMs: nowMs() };
  state.put("session", session.sessionId, after);
  return after;
}

function within<K extends "invocation" | "step">(
  kind: K,
  { sessionId }: StoredSession,
  { state }: SessionsParts,
) {
  return state.all(kind).filter((one) => one.sessionId === sessionId);
}

function invocationNamed(
  invocationId: string,
  { sessionId }: StoredSession,
  { state }: SessionsParts,
): StoredInvocation {
  const invocation = state.get("invocation", keyOf(sessionId, invocationId));
  if (invocation === undefined) {
    throw new SessionsError("ResourceNotFoundException", `There is no invocation ${invocationId}.`);
  }
  return invocation;
}

function summary({ sessionId, invocationId, stepId, timeMs }: StoredStep) {
  return { sessionId, invocationId, invocationStepId: stepId, invocationStepTime: isoOf(timeMs) };
}
