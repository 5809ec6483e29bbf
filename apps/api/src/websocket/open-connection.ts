/** Decides whether a WebSocket connection may be opened, and by whom. */
import type { Refusal } from "@caprock/domain";
import { type AuthenticationParts, authenticate, type CallerTicket, ticketOf } from "@caprock/tenancy";
import { presentedKey } from "../tenant/present-key.ts";

/** What a client may name in `sec-websocket-protocol`, and is answered with. */
export const socketProtocol = "caprock.v1";

const keyProtocolPrefix = "caprock.key.";

export interface OpenedConnection {
  readonly ticket: CallerTicket;
  /** To be answered, if the client named any protocol. */
  readonly protocol: string | undefined;
}

/**
 * Reads the key from a header, or, since browsers cannot set any, from a protocol `caprock.key.<API key>` that is named
 * beside `caprock.v1`; an access token takes its place as well. Never from the address: addresses are logged. Refuses as `authenticate` does.
 */
export async function openConnection(
  headers: Headers,
  authentication: AuthenticationParts,
): Promise<OpenedConnection | Refusal> {
  const protocols = (headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  const named = protocols.find((one) => one.startsWith(keyProtocolPrefix))?.slice(keyProtocolPrefix.length);
  const key = presentedKey(headers) ?? named;
  const caller = await authenticate(key, authentication);
  if ("refused" in caller) {
    return caller;
  }
  const ticket = await ticketOf(key ?? "", authentication);
  if (!ticket) {
    throw new Error("A key was let in that cannot be read.");
  }
  return { ticket, protocol: protocols.includes(socketProtocol) ? socketProtocol : undefined };
}
