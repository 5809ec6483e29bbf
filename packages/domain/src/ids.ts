/** Identifiers: how they are made and what they look like. */
import { base32hex } from "./base32.ts";
import type { Clock, Random } from "./clock.ts";

/** Names one call of a tenant, from its arrival to its ledger entry. Sorts by time of arrival. */
export type RequestId = string;
export type TenantId = string;
export type ApiKeyId = string;

export const requestIdPattern = /^req_[0-9a-v]{26}$/;
export const tenantIdPattern = /^t[0-9a-v]{12}$/;
export const apiKeyIdPattern = /^k[0-9a-v]{12}$/;

const timeBytes = 6;
const randomBytesOfRequestId = 10;

/** Makes a request id: 48 bits of epoch milliseconds, then 80 random bits, in an order-keeping base 32. */
export function newRequestId(clock: Clock, random: Random): RequestId {
  const bytes = new Uint8Array(timeBytes + randomBytesOfRequestId);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(clock.now()) << 16n);
  bytes.set(random.bytes(randomBytesOfRequestId), timeBytes);
  return `req_${base32hex(bytes)}`;
}

/** The smallest request id that can have been made at `instantMs`: the start of a time range of ids. */
export function firstRequestIdAt(instantMs: number): RequestId {
  const bytes = new Uint8Array(timeBytes + randomBytesOfRequestId);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(instantMs) << 16n);
  return `req_${base32hex(bytes)}`;
}

/** When a request arrived (epoch milliseconds), read back from its id. */
export function requestArrivalMs(id: RequestId): number {
  // Ten characters are 50 bits: a number holds them exactly. The last two belong to the random part.
  return Math.floor(Number.parseInt(id.slice(4, 14), 32) / 4);
}

const randomBytesOfEntityId = 8;

/** Makes a tenant id. */
export function newTenantId(random: Random): TenantId {
  return `t${base32hex(random.bytes(randomBytesOfEntityId)).slice(0, 12)}`;
}

/** Makes an API key id: the public part of a key, safe in logs and tables. */
export function newApiKeyId(random: Random): ApiKeyId {
  return `k${base32hex(random.bytes(randomBytesOfEntityId)).slice(0, 12)}`;
}
