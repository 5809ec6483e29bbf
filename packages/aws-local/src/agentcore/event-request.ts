/** The body of CreateEvent and the limits on it. */
import { z } from "zod";
import { AgentCoreError, check } from "./errors.ts";
import { actorId, clientToken, eventId, sessionId, timestamp } from "./identifiers.ts";

const mostMessages = 100;
const mostMessageBytes = 100_000;
const mostEventBytes = 10_000_000;

const payload = z.strictObject({
  conversational: z
    .strictObject({
      content: z.strictObject({ text: z.string().min(1) }),
      role: z.enum(["USER", "ASSISTANT", "TOOL", "OTHER"]),
    })
    .optional(),
  blob: z.unknown().optional(),
  json: z.strictObject({ content: z.unknown().optional() }).optional(),
});

const schema = z.strictObject({
  actorId,
  sessionId: sessionId.optional(),
  eventTimestamp: timestamp,
  payload: z.array(payload).max(mostMessages),
  branch: z.strictObject({ name: z.string().min(1).max(100), rootEventId: eventId.optional() }).optional(),
  metadata: z
    .record(
      z
        .string()
        .min(1)
        .max(128)
        .regex(/^[a-zA-Z0-9\s._:/=+@-]*$/),
      z.strictObject({ stringValue: z.string().max(256) }),
    )
    .refine((entries) => Object.keys(entries).length <= 15, "at most 15 entries")
    .optional(),
  clientToken: clientToken.optional(),
  extractionMode: z.literal("SKIP").optional(),
});

export type CreateEventRequest = z.infer<typeof schema>;

/** Throws a ValidationException. */
export function readCreateEvent(json: unknown): CreateEventRequest {
  const request = check(schema, json);
  for (const [index, one] of request.payload.entries()) {
    if (Object.values(one).filter((value) => value !== undefined).length !== 1) {
      throw invalid(`payload.${index}: exactly one of conversational, blob and json`);
    }
    const text = one.conversational?.content.text ?? (one.json && JSON.stringify(one.json.content)) ?? "";
    if (Buffer.byteLength(text) > mostMessageBytes) {
      throw invalid(`payload.${index}: a message has at most ${mostMessageBytes} bytes`);
    }
  }
  if (Buffer.byteLength(JSON.stringify(request.payload)) > mostEventBytes) {
    throw invalid(`payload: an event has at most ${mostEventBytes} bytes`);
  }
  return request;
}

function invalid(message: string): AgentCoreError {
  return new AgentCoreError("ValidationException", message);
}
