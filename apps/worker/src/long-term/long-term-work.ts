/** What a worker does for long-term memory besides its jobs: finds the sessions whose job was lost. */
import type { Tenant } from "@caprock/domain";
import { type IngestionRoundParts, repairLost } from "@caprock/memory";

export interface LongTermWork extends IngestionRoundParts {
  readonly tenants: () => Promise<readonly Tenant[]>;
}

/** How often lost jobs are looked for: each look reads every session of the tenants that have memory. */
export const repairEveryMs = 3_600_000;

/** Asks again for what was not taken in, of every tenant that has memory. Tells how many sessions were asked for. */
export async function repairIngestion(work: LongTermWork): Promise<number> {
  let asked = 0;
  for (const { id, contextPolicy } of await work.tenants()) {
    asked += contextPolicy?.memory ? await repairLost(id, work) : 0;
  }
  return asked;
}
