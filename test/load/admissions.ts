/** Benchmark: what admission and settlement cost, by grants, by a hold for each call, and without metering. */
import { createTables } from "@caprock/aws-local";
import { newRequestId, noPlatformLimits, type Tenant } from "@caprock/domain";
import {
  type Admission,
  currentPriceBook,
  GrantAdmission,
  HoldAdmission,
  type LedgerEntry,
  writeReceipt,
} from "@caprock/metering";
import { DynamoAccountStore, DynamoGrantNotes, DynamoLedgerStore } from "@caprock/metering/dynamodb";
import { accountsTable, ledgerTable } from "@caprock/metering/tables";
import {
  systemClock as clock,
  createDocumentClient,
  localCredentials,
  systemRandom as random,
  systemPause,
  systemRepeat,
} from "@caprock/platform";
import { startProcess } from "./child-process.ts";
import { type Measured, measure, medianOf } from "./measure.ts";
import { NoMetering } from "./no-metering.ts";
import { printTable } from "./print-table.ts";

const rounds = 3;
const durationMs = 4_000;
const lanes = 32;
const modelId = "amazon.nova-micro-v1:0";

const awsLocal = await startProcess("packages/aws-local/src/main.ts", { AWS_LOCAL_PORT: "0" });
const client = createDocumentClient({
  region: "us-east-1",
  endpoint: String(awsLocal.ready.url),
  credentials: localCredentials,
});
await createTables(client, "bench", [accountsTable, ledgerTable]);
let writes = 0;
client.middlewareStack.add(
  (next) => (args) => {
    writes += 1;
    return next(args);
  },
  { step: "finalizeRequest" },
);

const parts = {
  accounts: new DynamoAccountStore(client, "bench"),
  ledger: new DynamoLedgerStore(client, "bench"),
  notes: new DynamoGrantNotes(client, "bench"),
  clock,
  random,
  holdTtlMs: 60_000,
  resolvesLater: true,
  pause: systemPause,
};
const price = currentPriceBook().find({ modelId, scope: "geo", profile: "us", serviceTier: "default" });
if (!price) {
  throw new Error(`${modelId} has no price.`);
}

function admissionOf(kind: string): Admission {
  const holds = new HoldAdmission(parts);
  switch (kind) {
    case "grants":
      return new GrantAdmission({
        ...parts,
        holds,
        repeat: (work) => systemRepeat(work, 250),
        onFailure: (accountId, error) => console.error(accountId, error),
      });
    case "one hold a call":
      return holds;
    default:
      return new NoMetering();
  }
}

/** One call: let through, and settled by a receipt of its own. */
async function call(admission: Admission, tenant: Tenant): Promise<void> {
  const requestId = newRequestId(clock, random);
  const who = { apiKeyId: "k000000000000", application: "default", modelId };
  const reservation = await admission.reserve({
    requestId,
    tenant,
    platform: noPlatformLimits,
    ...who,
    worstCaseNanoUsd: 1_000_000n,
    worstCaseTokens: 2_000,
  });
  if ("refused" in reservation) {
    throw new Error(reservation.refused.message);
  }
  await admission.settle(reservation, receipt(requestId, tenant, who));
}

function receipt(
  requestId: string,
  tenant: Tenant,
  who: Pick<LedgerEntry, "apiKeyId" | "application" | "modelId">,
): LedgerEntry {
  return writeReceipt(
    {
      requestId,
      tenantId: tenant.id,
      ...who,
      invokedId: `us.${modelId}`,
      wire: "bench",
      status: "completed",
      arrivedAtMs: clock.now(),
      settledAtMs: clock.now(),
      usage: { input: 100, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0, output: 50 },
      markupBasisPoints: 0,
      serviceTier: "default",
      estimated: false,
      simulated: true,
    },
    price as NonNullable<typeof price>,
  );
}

const kinds = ["no metering", "grants", "one hold a call"];
const runs = new Map<string, Measured[]>(kinds.map((kind) => [kind, []]));
const writesPerCall = new Map<string, number>();
for (let round = 0; round < rounds; round += 1) {
  for (const [index, kind] of kinds.entries()) {
    const tenant: Tenant = {
      id: `t${String(round * 10 + index).padStart(12, "0")}`,
      name: kind,
      status: "active",
      timeZone: "UTC",
      limits: {
        monthlyCapNanoUsd: 10n ** 15n,
        requestsPerMinute: 1_000_000,
        rules: [],
        overrides: [],
        overBudget: { kind: "refuse" },
        version: 1,
      },
      markups: [],
      demo: true,
      createdAtMs: 0,
    };
    const admission = admissionOf(kind);
    writes = 0;
    let calls = 0;
    const measured = await measure(
      () => {
        calls += 1;
        return call(admission, tenant);
      },
      { lanes, durationMs },
    );
    await admission.close();
    writesPerCall.set(kind, writes / calls);
    runs.get(kind)?.push(measured);
  }
}
client.destroy();
await awsLocal.stop();
printTable(
  `Admission and settlement alone, ${lanes} lanes, median of ${rounds} rounds of ${durationMs / 1000} s`,
  ["", "calls/s", "p50 ms", "p99 ms", "CPU ms a call", "DynamoDB requests a call"],
  kinds.map((kind) => {
    const { perSecond, p50Ms, p99Ms, cpuMsPerCall } = medianOf(runs.get(kind) ?? []);
    return [
      kind,
      perSecond.toFixed(0),
      p50Ms.toFixed(2),
      p99Ms.toFixed(2),
      cpuMsPerCall.toFixed(3),
      (writesPerCall.get(kind) ?? 0).toFixed(2),
    ];
  }),
);
