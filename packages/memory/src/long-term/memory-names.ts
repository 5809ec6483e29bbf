/** How actors and sessions are named in long-term memory: any text as letters that are allowed there, never two alike. */
import { createHash } from "node:crypto";
import { CaprockError, type TenantId } from "@caprock/domain";

/** Caprock's own ids, and those of whoever uses this package without Caprock. A hyphen is all that may stand between letters. */
const tenantPattern = /^[a-zA-Z0-9][a-zA-Z0-9-]{0,63}$/;
/** AgentCore allows 255 characters for an actor, the tenant before it included, and 100 for a session. */
const mostNameCharacters = 255;
const mostActorCharacters = 230;
const mostSessionCharacters = 99;
/** Our own bound, which keeps the path of a turn within the 1,024 bytes of a key. */
const mostTurnCharacters = 99;

/**
 * An actor's name for AgentCore, the tenant included: `<tenant>/actors/<actor>`. Different pairs have different names,
 * and no actor's text can add or leave a step of the path. Throws CaprockError for what is no tenant id.
 */
export function actorName(tenantId: TenantId, actorId: string): string {
  const prefix = tenantActorsPrefix(tenantId);
  return `${prefix}${encode(actorId, Math.min(mostActorCharacters, mostNameCharacters - prefix.length))}`;
}

/** What the names of all actors of a tenant begin with. */
export function tenantActorsPrefix(tenantId: TenantId): string {
  return `${tenantStep(tenantId)}/actors/`;
}

/** A tenant's id as a step of a path. Throws CaprockError for what is no tenant id. */
export function tenantStep(tenantId: TenantId): string {
  if (!tenantPattern.test(tenantId)) {
    throw new CaprockError({
      code: "invalid_request",
      message: `"${tenantId}" is not a tenant id; those are 1 to 64 letters, digits and hyphens, and begin with no hyphen.`,
    });
  }
  return tenantId;
}

/** A turn's id as a step of a path. */
export function turnStep(turnId: string): string {
  return encode(turnId, mostTurnCharacters);
}

/** A session's name for AgentCore. It must begin with a letter or digit, so that every one begins with "s". */
export function sessionName(sessionId: string): string {
  return `s${encode(sessionId, mostSessionCharacters)}`;
}

/**
 * Letters, digits and hyphens stand for themselves; another character is "_" with its code in hex, from U+0100 on "_u"
 * with four digits a UTF-16 unit. What gets too long is "_h" with its SHA-256; "h" is no hex digit, so nothing else is
 * written so, and neither is the empty text, "_z".
 */
function encode(text: string, mostCharacters: number): string {
  if (text === "") {
    return "_z";
  }
  const encoded = text.replace(/[^a-zA-Z0-9-]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return code < 256 ? `_${code.toString(16).padStart(2, "0")}` : `_u${code.toString(16).padStart(4, "0")}`;
  });
  // UTF-16, because UTF-8 has one form for all lone surrogates.
  return encoded.length <= mostCharacters
    ? encoded
    : `_h${createHash("sha256").update(Buffer.from(text, "utf16le")).digest("hex")}`;
}
