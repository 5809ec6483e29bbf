import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock, type Random } from "./clock.ts";
import {
  apiKeyIdPattern,
  firstRequestIdAt,
  newApiKeyId,
  newRequestId,
  newTenantId,
  requestArrivalMs,
  requestIdPattern,
  tenantIdPattern,
} from "./ids.ts";

const instants = fc.integer({ min: 0, max: 2 ** 47 });
const randomOf = (bytes: Uint8Array): Random => ({ bytes: (count) => bytes.slice(0, count) });
const randoms = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(randomOf);

test("a request id tells when the request arrived", () => {
  fc.assert(
    fc.property(instants, randoms, (instant, random) => {
      const id = newRequestId(new ManualClock(instant), random);
      expect(id).toMatch(requestIdPattern);
      expect(requestArrivalMs(id)).toBe(instant);
    }),
  );
});

test("request ids sort by arrival, and a time range of ids starts at its first", () => {
  fc.assert(
    fc.property(instants, instants, randoms, randoms, (a, b, ra, rb) => {
      const [early, late] = a <= b ? [a, b] : [b, a];
      const first = newRequestId(new ManualClock(early), ra);
      const second = newRequestId(new ManualClock(late + 1), rb);
      expect(first < second).toBe(true);
      expect(firstRequestIdAt(late + 1) > first).toBe(true);
      expect(firstRequestIdAt(late + 1) <= second).toBe(true);
    }),
  );
});

test("tenant and key ids match their patterns", () => {
  fc.assert(
    fc.property(randoms, (random) => {
      expect(newTenantId(random)).toMatch(tenantIdPattern);
      expect(newApiKeyId(random)).toMatch(apiKeyIdPattern);
    }),
  );
});
