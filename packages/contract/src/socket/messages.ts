/** The WebSocket's wire: what a client and the API say to each other, as JSON texts. */
import { z } from "zod";
import { contextPolicy } from "../admin/context-policy.ts";

/** A client names its turns itself, unlike any that its tenant has named within a day; a UUID does. */
const turnName = z.string().regex(/^[A-Za-z0-9_.:-]{1,64}$/, "must be 1 to 64 of A-Z a-z 0-9 _ . : -");

/** No turn has so many events: an answer is some hundred thousand tokens at most. */
const mostEvents = 1_000_000_000;

/** Asks for a turn. Starting one again that is there already, with the same content, follows it from its beginning. */
export const startTurn = z.strictObject({
  type: z.literal("turn.start"),
  id: turnName,
  /** A model id, inference profile id or ARN. */
  model: z.string().min(1).max(2_048),
  /** A Converse request without its model. */
  body: z.record(z.string(), z.unknown()),
  /** The session whose history goes in front, and which keeps the turn under its request's id. */
  session: z.string().optional(),
  /** Whose session it is; who signed in is named by that. */
  actor: z.string().optional(),
  /** How the chat is fitted, within what the tenant's policy allows. */
  context: contextPolicy.optional(),
  /** Asks for how it was fitted: the first event is then `{ contextReport }`. */
  report: z.literal("context").optional(),
});

/** Follows a turn from an event on, for example after the connection broke. `cursor` counts the events that were received. */
export const resumeTurn = z.strictObject({
  type: z.literal("turn.resume"),
  id: turnName,
  cursor: z.int().min(0).max(mostEvents),
});

export const cancelTurn = z.strictObject({ type: z.literal("turn.cancel"), id: turnName });

export const ping = z.strictObject({ type: z.literal("ping") });

/** One of `count` pieces of the JSON text of a message that is too long to be sent whole. */
export const messagePart = z.strictObject({
  type: z.literal("part"),
  /** Names the message among those of its sender. */
  message: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  index: z.int().min(0),
  count: z.int().min(2).max(2_000),
  text: z.string(),
});
export type MessagePart = z.infer<typeof messagePart>;

export const clientMessage = z.discriminatedUnion("type", [startTurn, resumeTurn, cancelTurn, ping]);
export type ClientMessage = z.infer<typeof clientMessage>;
export type StartTurn = z.infer<typeof startTurn>;
export type ResumeTurn = z.infer<typeof resumeTurn>;

const problem = z.looseObject({
  code: z.string(),
  message: z.string(),
  param: z.string().optional(),
  retryAfterSeconds: z.number().optional(),
  details: z.record(z.string(), z.unknown()).optional(),
});
export type SocketProblem = z.infer<typeof problem>;

const count = z.int().min(0);

export const serverMessage = z.discriminatedUnion("type", [
  /** `requestId` names the turn in the ledger. */
  z.object({ type: z.literal("turn.started"), id: z.string(), requestId: z.string() }),
  /** Events of ConverseStream, each an object with one member; `cursor` is how many there were, these included. */
  z.object({
    type: z.literal("turn.events"),
    id: z.string(),
    cursor: count,
    events: z.array(z.record(z.string(), z.unknown())),
  }),
  z.object({
    type: z.literal("turn.ended"),
    id: z.string(),
    cursor: count,
    how: z.enum(["completed", "cancelled"]),
  }),
  z.object({ type: z.literal("turn.failed"), id: z.string(), cursor: count, error: problem }),
  /** A message that could not be understood, or not be taken. `message` names it where it came in parts. */
  z.object({ type: z.literal("error"), error: problem, message: z.string().optional() }),
  z.object({ type: z.literal("pong") }),
]);
export type ServerMessage = z.infer<typeof serverMessage>;
