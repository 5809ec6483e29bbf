/** What Session Management keeps: sessions, their invocations and the steps of those. */
import { z } from "zod";
import { KeyedStore } from "../keyed-store.ts";

const sessionSchema = z.object({
  sessionId: z.string(),
  metadata: z.record(z.string(), z.string()),
  encryptionKeyArn: z.string().optional(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
  isEnded: z.boolean(),
});
const invocationSchema = z.object({
  sessionId: z.string(),
  invocationId: z.string(),
  description: z.string().optional(),
  createdAtMs: z.number(),
});
const stepSchema = z.object({
  sessionId: z.string(),
  invocationId: z.string(),
  stepId: z.string(),
  timeMs: z.number(),
  contentBlocks: z.array(z.record(z.string(), z.unknown())),
});

const schemas = { session: sessionSchema, invocation: invocationSchema, step: stepSchema };

export type StoredSession = z.infer<typeof sessionSchema>;
export type StoredInvocation = z.infer<typeof invocationSchema>;
export type StoredStep = z.infer<typeof stepSchema>;

export class State extends KeyedStore<typeof schemas> {
  constructor(path: string | undefined) {
    super(path, schemas);
  }

  /** A session goes with all that is in it. */
  deleteSession(sessionId: string): void {
    for (const kind of ["step", "invocation"] as const) {
      for (const { sessionId: owner, ...one } of this.all(kind)) {
        if (owner === sessionId) {
          this.delete(kind, keyOf(sessionId, "stepId" in one ? one.stepId : one.invocationId));
        }
      }
    }
    this.delete("session", sessionId);
  }
}

/** Of an invocation or a step, whose ids are their session's own. */
export function keyOf(sessionId: string, id: string): string {
  return `${sessionId}/${id}`;
}
