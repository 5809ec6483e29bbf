import fc from "fast-check";
import { expect, test } from "vitest";
import { GrantAdmission } from "./grants/grant-admission.ts";
import { HoldAdmission } from "./hold-admission.ts";
import type { AdmissionOf } from "./testing/model/simulated.ts";
import { Tape } from "./testing/model/tape.ts";
import { World } from "./testing/model/world.ts";

const timeoutMs = 240_000;

/**
 * Each run is one interleaving of up to four processes, a worker and an operator: every call to a store is a point
 * where another may go first, where the call or its answer may be lost or be late, and where the process may die.
 * `World` tells what is checked after each step and at the end.
 */
async function check(admissionOf: AdmissionOf, numRuns: number): Promise<void> {
  const tapes = fc.array(fc.nat({ max: 2 ** 30 }), { minLength: 30, maxLength: 130, size: "max" });
  await fc.assert(
    fc.asyncProperty(tapes, (values) => new World(new Tape(values), admissionOf).play()),
    { numRuns, endOnFailure: true },
  );
}

test("with a hold for each call, money is exact in every one of 4,000 interleavings", {
  timeout: timeoutMs,
}, async () => {
  await expect(check((_, parts) => new HoldAdmission(parts), 4_000)).resolves.toBeUndefined();
});

test("with grants, money is exact in every one of 6,000 interleavings", { timeout: timeoutMs }, async () => {
  const admissionOf: AdmissionOf = (_, parts) =>
    new GrantAdmission({ ...parts, holds: new HoldAdmission(parts) });
  await expect(check(admissionOf, 6_000)).resolves.toBeUndefined();
});
