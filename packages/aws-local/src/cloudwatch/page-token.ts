/** NextToken: how far a listing has come, valid only for the request it was given for. */
import { createHash } from "node:crypto";
import { cloudWatchError } from "./errors.ts";

interface Paged {
  readonly NextToken?: string | undefined;
}

/** The token that continues `request` behind its first `offset` entries. */
export function tokenAt(request: Paged, offset: number): string {
  return Buffer.from(`${offset}.${fingerprint(request)}`).toString("base64url");
}

/** Where `request` goes on; 0 without a token. Throws InvalidNextToken when the token is another request's. */
export function offsetOf(request: Paged): number {
  if (request.NextToken === undefined) {
    return 0;
  }
  const [offset = "", mark] = Buffer.from(request.NextToken, "base64url").toString().split(".");
  if (!/^\d+$/.test(offset) || mark !== fingerprint(request)) {
    throw cloudWatchError("InvalidNextToken", "The next token specified is invalid.");
  }
  return Number(offset);
}

function fingerprint(request: Paged): string {
  const fixed = JSON.stringify({ ...request, NextToken: undefined });
  return createHash("sha256").update(fixed).digest("hex").slice(0, 16);
}
