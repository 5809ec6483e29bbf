/** Benchmark: what metering costs a whole gateway: calls per second and added latency, against no metering. */
import { createTables } from "@caprock/aws-local";
import { accountsTable, ledgerTable } from "@caprock/metering/tables";
import {
  systemClock as clock,
  createDocumentClient,
  localCredentials,
  systemRandom as random,
} from "@caprock/platform";
import { createTenant, issueApiKey } from "@caprock/tenancy";
import { DynamoApiKeyStore, DynamoAuditLog, DynamoTenantStore } from "@caprock/tenancy/dynamodb";
import { auditTable, tenancyTable } from "@caprock/tenancy/tables";
import { Pool } from "undici";
import { localEnvironment, tablePrefix } from "../platform/start-platform.ts";
import { type Started, startProcess } from "./child-process.ts";
import { type Measured, measure, medianOf } from "./measure.ts";
import { printTable } from "./print-table.ts";

/** Short rounds in turn: what else the machine does then falls on all three alike. */
const rounds = 11;
const durationMs = 1_500;
const lanes = 16;
const kinds = { none: "no metering", grants: "grants", holds: "one hold a call" };
type Kind = keyof typeof kinds;

const awsLocal = await startProcess("packages/aws-local/src/main.ts", { AWS_LOCAL_PORT: "0" });
const endpoint = String(awsLocal.ready.url);
const client = createDocumentClient({ region: "us-east-1", endpoint, credentials: localCredentials });
await createTables(client, tablePrefix, [tenancyTable, auditTable, accountsTable, ledgerTable]);
const parts = {
  tenants: new DynamoTenantStore(client, tablePrefix),
  apiKeys: new DynamoApiKeyStore(client, tablePrefix),
  audit: new DynamoAuditLog(client, tablePrefix),
  actor: "benchmark",
  clock,
  random,
};

async function startApi(kind: Kind): Promise<Started> {
  return startProcess(
    "test/load/metered-api.ts",
    { ...localEnvironment(endpoint, "unused"), CAPROCK_INVOCATION_LOG_BUCKET: undefined },
    [kind],
  );
}

async function newKey(name: string): Promise<string> {
  const tenant = await createTenant(
    { name, timeZone: "UTC", monthlyCapNanoUsd: 10n ** 15n, requestsPerMinute: 1_000_000 },
    parts,
  );
  return (await issueApiKey(tenant.id, { name: "bench" }, parts)).text;
}

interface GatewayRun extends Measured {
  readonly apiCpuMsPerCall: number;
}

async function runOnce(kind: Kind, api: Started): Promise<GatewayRun> {
  const pool = new Pool(`http://127.0.0.1:${api.ready.port}`, { connections: lanes });
  const authorization = `Bearer ${await newKey(kind)}`;
  const body = JSON.stringify({
    messages: [{ role: "user", content: [{ text: "[[tokens=20]] Say something short." }] }],
    inferenceConfig: { maxTokens: 100 },
  });
  let calls = 0;
  const cpuBefore = Number((await api.ask()).cpuMicros);
  const measured = await measure(
    async () => {
      calls += 1;
      const answer = await pool.request({
        method: "POST",
        path: "/model/us.amazon.nova-micro-v1:0/converse",
        headers: { authorization, "content-type": "application/json" },
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) {
        throw new Error(`${answer.statusCode} ${text.slice(0, 300)}`);
      }
    },
    { lanes, durationMs },
  );
  const cpuMs = (Number((await api.ask()).cpuMicros) - cpuBefore) / 1000;
  await pool.close();
  return { ...measured, apiCpuMsPerCall: cpuMs / calls };
}

/** The median over all rounds of what a kind serves for each call of the same round's gateway without metering. */
function medianShare(kind: Kind): number {
  const shares = runs[kind].map(({ perSecond }, round) => perSecond / (runs.none[round]?.perSecond ?? 0));
  return shares.sort((a, b) => a - b)[Math.floor(shares.length / 2)] ?? 0;
}

const names = Object.keys(kinds) as Kind[];
const runs: Record<Kind, GatewayRun[]> = { none: [], grants: [], holds: [] };
const apis = Object.fromEntries(
  await Promise.all(names.map(async (kind) => [kind, await startApi(kind)] as const)),
) as Record<Kind, Started>;
for (let round = 0; round < rounds; round += 1) {
  for (const kind of names) {
    runs[kind].push(await runOnce(kind, apis[kind]));
  }
}
await Promise.all(names.map((kind) => apis[kind].stop()));
client.destroy();
await awsLocal.stop();

printTable(
  `Whole gateway, ${lanes} connections, median of ${rounds} rounds of ${durationMs / 1000} s, in turn`,
  ["", "calls/s", "of no metering", "p50 ms", "p99 ms", "API CPU ms a call"],
  names.map((kind) => {
    const run = medianOf(runs[kind]) as GatewayRun;
    return [
      kinds[kind],
      run.perSecond.toFixed(0),
      `${(100 * medianShare(kind)).toFixed(0)} %`,
      run.p50Ms.toFixed(1),
      run.p99Ms.toFixed(1),
      run.apiCpuMsPerCall.toFixed(2),
    ];
  }),
);
