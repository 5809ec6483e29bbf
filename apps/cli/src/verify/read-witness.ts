/** Asks the local AWS which calls it has served. */
import { metadataKeys, type WitnessedCall } from "@caprock/metering";
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
    }),
  ),
});

/** A tenant's calls. */
export async function readWitness(awsLocalUrl: string, tenantId: string): Promise<readonly WitnessedCall[]> {
  const answer = await fetch(`${awsLocalUrl}/_aws-local/witness?tenant=${encodeURIComponent(tenantId)}`);
  const { invocations } = witness.parse(await answer.json());
  return invocations.flatMap(({ caprockRequest: requestId, requestMetadata, usage }) => {
    const grantId = requestMetadata[metadataKeys.grant];
    return requestId === undefined ? [] : [{ requestId, usage, ...(grantId !== undefined && { grantId }) }];
  });
}
