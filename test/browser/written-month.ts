/** Calls that are written into the ledger of a running platform, and what the ledger itself says of a month. */
import {
  addUsage,
  ManualClock,
  newRequestId,
  noTokens,
  type TenantId,
  type TokenUsage,
} from "@caprock/domain";
import { currentPriceBook, writeReceipt } from "@caprock/metering";
import { DynamoLedgerStore } from "@caprock/metering/dynamodb";
import { createDocumentClient, localCredentials, systemRandom } from "@caprock/platform";
import type { LocalJson } from "../platform/start-command.ts";

/** November 2026 begins and ends at other instants in each zone; in Los Angeles, 01:00 of its first day comes twice. */
const arrivals = [
  "2026-10-31T18:29:59Z",
  "2026-10-31T18:30:00Z",
  "2026-11-01T06:59:59Z",
  "2026-11-01T07:00:00Z",
  "2026-11-01T08:30:00Z",
  "2026-11-01T09:30:00Z",
  "2026-11-15T12:00:00Z",
  "2026-11-30T18:29:59Z",
  "2026-11-30T18:30:00Z",
  "2026-12-01T07:59:59Z",
  "2026-12-01T08:00:00Z",
];
const modelIds = ["amazon.nova-lite-v1:0", "amazon.nova-pro-v1:0"];

/** Writes a call of each model at each instant, no two of which cost the same. */
export async function writeCalls(local: LocalJson, tenantId: string): Promise<void> {
  const { ledger, close } = openLedger(local);
  const priceBook = currentPriceBook();
  for (const [index, arrivedAt] of arrivals.entries()) {
    for (const [which, modelId] of modelIds.entries()) {
      const price = priceBook.find({ modelId, scope: "region", serviceTier: "default" });
      if (!price) {
        throw new Error(`${modelId} has no price.`);
      }
      const arrivedAtMs = Date.parse(arrivedAt);
      await ledger.record(
        writeReceipt(
          {
            requestId: newRequestId(new ManualClock(arrivedAtMs), systemRandom),
            tenantId: tenantId as TenantId,
            apiKeyId: "k000000000000",
            application: "written",
            modelId,
            invokedId: modelId,
            wire: "openai.chat",
            status: "completed",
            arrivedAtMs,
            settledAtMs: arrivedAtMs + 1_000,
            usage: { ...noTokens, input: 1_000_003 * 2 ** index, output: 1_001 + which },
            markupBasisPoints: 0,
            serviceTier: "default",
            estimated: false,
            simulated: true,
          },
          price,
        ),
      );
    }
  }
  close();
}

export interface LedgerSums {
  readonly costNanoUsd: bigint;
  readonly requests: number;
  readonly usage: TokenUsage;
}

/**
 * Adds up every entry of the tenants whose day in the zone is one of the month, entry by entry and by the browser's
 * calendar: nothing of what makes reports has a part in it.
 */
export async function sumLedger(
  local: LocalJson,
  tenantIds: readonly string[],
  { month, timeZone }: { month: string; timeZone: string },
): Promise<LedgerSums> {
  const { ledger, close } = openLedger(local);
  const calendar = new Intl.DateTimeFormat("en-CA", { timeZone });
  let sums: LedgerSums = { costNanoUsd: 0n, requests: 0, usage: noTokens };
  const middleMs = Date.parse(`${month}-15T00:00:00Z`);
  const range = { startMs: middleMs - 20 * 86_400_000, endMs: middleMs + 20 * 86_400_000 };
  for (const tenantId of tenantIds) {
    for await (const entry of ledger.list(tenantId as TenantId, range)) {
      if (calendar.format(entry.arrivedAtMs).startsWith(month)) {
        sums = {
          costNanoUsd: sums.costNanoUsd + entry.costNanoUsd,
          requests: sums.requests + 1,
          usage: addUsage(sums.usage, entry.usage),
        };
      }
    }
  }
  close();
  return sums;
}

function openLedger({ awsLocalUrl }: LocalJson) {
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocalUrl,
    credentials: localCredentials,
  });
  return { ledger: new DynamoLedgerStore(client, "caprock-local"), close: () => client.destroy() };
}
