/** Keeps webhooks from reaching into private networks. */
import { lookup } from "node:dns/promises";
import type { LookupFunction } from "node:net";
import ipaddr from "ipaddr.js";
import { DeliveryError } from "../alerts/alert-channel.ts";

/** Whether an IP address is one of the public internet: not loopback, private, link-local, reserved or a detour to one. */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === "unicast";
}

/** Throws a DeliveryError for an address that is not public. A host name passes: its addresses are checked as it is resolved. */
export function checkHost(hostname: string): void {
  const literal = hostname.replace(/^\[|\]$/g, "");
  if (ipaddr.isValid(literal) && !isPublicAddress(literal)) {
    throw new DeliveryError("The address is private.");
  }
}

/**
 * Resolves a name for a connection, which is made to the very address that was checked: a name that resolves to
 * another address a moment later gains nothing. A name with any private address is refused.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { all: true }).then(
    (addresses) => {
      const [first] = addresses;
      if (first === undefined || addresses.some(({ address }) => !isPublicAddress(address))) {
        callback(new DeliveryError("The address is private."), "", 0);
      } else if (options.all === true) {
        callback(null, addresses);
      } else {
        callback(null, first.address, first.family);
      }
    },
    (error: NodeJS.ErrnoException) => callback(error, "", 0),
  );
};
