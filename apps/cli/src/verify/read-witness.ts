/** Asks the local AWS what it has served. */
import { billedUnits, metadataKeys, type Witnessed } from "@caprock/metering";
import { z } from "zod";

const count = z.number();
const witness = z.object({
  invocations: z.array(
    z.object({
      caprockRequest: z.string().optional(),
      requestMetadata: z.record(z.string(), z.string()),
      usage: z.object({
        input: count,
        cacheRead: count,
        cacheWrite5m: count,
        cacheWrite1h: count,
        output: count,
      }),
      units: z.partialRecord(z.enum(billedUnits), count),
    }),
  ),
  memory: z.object({ events: count, retrievals: count }),
});

/** A tenant's calls, and what its long-term memory took. */
export async function readWitness(awsLocalUrl: string, tenantId: string): Promise<Witnessed> {
  const answer = await fetch(`${awsLocalUrl}/_aws-local/witness?tenant=${encodeURIComponent(tenantId)}`);
  const { invocations, memory } = witness.parse(await answer.json());
  return {
    calls: invocations.flatMap(({ caprockRequest: requestId, requestMetadata, ...used }) => {
      const grantId = requestMetadata[metadataKeys.grant];
      return requestId === undefined
        ? []
        : [{ requestId, ...used, ...(grantId !== undefined && { grantId }) }];
    }),
    memory: { memoryEvent: memory.events, memoryRetrieval: memory.retrievals },
  };
}
