/** What a platform has booked, read as an operator would and checked against itself and the local AWS. */
import { createAdminClient, type LedgerEntryView } from "@caprock/contract";
import { formatUsd, parseUsd } from "@caprock/domain";
import { accountIdOf, heldOn } from "@caprock/metering";
import { DynamoAccountStore } from "@caprock/metering/dynamodb";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import { expect } from "vitest";
import { z } from "zod";
import type { LocalJson } from "../platform/start-command.ts";

const witness = z.object({
  invocations: z.array(z.object({ caprockRequest: z.string(), usage: z.record(z.string(), z.number()) })),
});

export interface Books {
  /** Entries of calls that no model served, by request id. */
  readonly madeUp: readonly LedgerEntryView[];
  /** Entries of real calls, by request id. */
  readonly called: readonly LedgerEntryView[];
}

/**
 * Reads every entry of this month and the one before. Each tenant's entries must add up to what its account has
 * settled with nothing held, and the real calls must be those that aws-local counted by itself, to the token.
 */
export async function readBooks({ apiUrl, awsLocalUrl, adminToken }: LocalJson): Promise<Books> {
  const admin = createAdminClient({ baseUrl: apiUrl, token: adminToken });
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocalUrl,
    credentials: localCredentials,
  });
  const accounts = new DynamoAccountStore(client, "caprock-local");
  const all: LedgerEntryView[] = [];
  const running = await admin.usageSummary({});
  for (const month of [running.month, monthBefore(running.month)]) {
    const { tenants } = await admin.usageSummary({ query: { month } });
    for (const { tenantId, costUsd, heldUsd, requests } of tenants) {
      const { entries } = await admin.listLedger({ params: { tenantId }, query: { month, limit: 1000 } });
      const sum = entries.reduce((total, entry) => total + parseUsd(entry.costUsd), 0n);
      const account = await accounts.read(
        accountIdOf({
          owner: tenantId,
          scope: "tenant",
          unit: "nanoUsd",
          window: { kind: "month", label: month },
        }),
      );
      expect({
        costUsd,
        heldUsd,
        requests,
        settled: account?.settled ?? 0n,
        held: account ? heldOn(account) : 0n,
      }).toEqual({
        costUsd: formatUsd(sum),
        heldUsd: formatUsd(0n),
        requests: entries.length,
        settled: sum,
        held: 0n,
      });
      all.push(...entries);
    }
  }
  client.destroy();
  all.sort((a, b) => a.requestId.localeCompare(b.requestId));
  const called = all.filter(({ simulated }) => !simulated);
  const { invocations } = witness.parse(await (await fetch(`${awsLocalUrl}/_aws-local/witness`)).json());
  const served = new Map(invocations.map(({ caprockRequest, usage }) => [caprockRequest, usage]));
  expect(new Map(called.map(({ requestId, tokens }) => [requestId, tokens]))).toEqual(served);
  return { madeUp: all.filter(({ simulated }) => simulated), called };
}

function monthBefore(month: string): string {
  const [year = 0, number = 0] = month.split("-").map(Number);
  return number === 1 ? `${year - 1}-12` : `${year}-${String(number - 1).padStart(2, "0")}`;
}
