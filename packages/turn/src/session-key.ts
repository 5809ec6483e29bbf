/** Whose session a caller means: its tenant's, and of whoever it acts for. */
import { createHash } from "node:crypto";
import { type Refusal, refusal } from "@caprock/domain";
import type { SessionKey } from "@caprock/memory";
import type { Caller } from "@caprock/tenancy";

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:@+-]{0,127}$/;

/** Whoever names no actor shares one. */
export const noActor = "default";

/** Refuses with `invalid_request` what is no name of a session or an actor, and another actor than who signed in. */
export function sessionKeyOf(
  caller: Caller,
  { sessionId, actorId }: { readonly sessionId: string; readonly actorId?: string | undefined },
): SessionKey | Refusal {
  if (!namePattern.test(sessionId)) {
    return noName("session", sessionId);
  }
  const actor = actorOf(caller, actorId);
  return "refused" in actor ? actor : { tenantId: caller.tenant.id, ...actor, sessionId };
}

const loneSurrogate = /\p{Surrogate}/u;

/** What begins the name of an actor whose id on another wire is no name of one. */
const hashedName = "sha256:";

/**
 * The actor of an end user as other wires name them (OpenAI's `user`, Anthropic's `user_id`), which may be any text: the id
 * itself where it is an actor's name, else `sha256:` and the hex digest of its UTF-8, so that no two ids are one actor, nor
 * any the one whom nobody names. Undefined for what names nobody: the empty text, and one that has no UTF-8.
 */
export function actorOfEndUser(id: string): string | undefined {
  if (id === "" || loneSurrogate.test(id)) {
    return undefined;
  }
  return namePattern.test(id) && id !== noActor && !id.startsWith(hashedName)
    ? id
    : `${hashedName}${createHash("sha256").update(id).digest("hex")}`;
}

/** The actor that a caller names. Who signed in is one, and can be no other. */
export function actorOf({ user }: Caller, named: string | undefined): { readonly actorId: string } | Refusal {
  if (user !== undefined) {
    return named === undefined || named === user
      ? { actorId: user }
      : refusal({
          code: "invalid_request",
          message: "The actor is who signed in, and can be no other. Name none.",
          param: "actor",
        });
  }
  return named === undefined || namePattern.test(named)
    ? { actorId: named ?? noActor }
    : noName("actor", named);
}

function noName(param: "session" | "actor", name: string): Refusal {
  return refusal({
    code: "invalid_request",
    message: `The ${param} "${name.slice(0, 40)}" must begin with a letter or digit and have at most 128 of A-Z, a-z, 0-9 and . _ : @ + -`,
    param,
  });
}
