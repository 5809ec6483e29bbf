/**
 * Benchmark: what metering costs a whole gateway, against no metering. Calls per second and latency are those of this
 * machine, where load, local Bedrock and local DynamoDB share the cores with the API: what DynamoDB does for metering
 * counts as metering's. Calls per CPU second are what a core of the API's own serves, as where DynamoDB is AWS's.
 */
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
import { type Measured, measure } from "./measure.ts";
import { printTable } from "./print-table.ts";

/** Short rounds in turn, compared round by round: what else the machine does then falls on all alike. */
const rounds = 7;
const durationMs = 3_000;
/** A tenant that begins to call is held for call by call; a grant follows. */
const warmUpMs = 1_000;
/** A process serves for days: what V8 has compiled by then it has not in its first seconds, least of all what runs in groups. */
const compileMs = 15_000;
const lanes = 16;
/** The smallest call that there is, so that metering's share is the largest, and what most clients do. */
const loads = {
  whole: {
    title: "Whole answers of Converse",
    path: "/model/us.amazon.nova-micro-v1:0/converse",
    body: {
      messages: [{ role: "user", content: [{ text: "[[tokens=20]] Say something short." }] }],
      inferenceConfig: { maxTokens: 100 },
    },
  },
  streamed: {
    title: "Streamed chat completions",
    path: "/v1/chat/completions",
    body: {
      model: "us.amazon.nova-micro-v1:0",
      messages: [{ role: "user", content: "[[tokens=100]] Say something." }],
      max_completion_tokens: 200,
      stream: true,
    },
  },
};
type Load = keyof typeof loads;
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

async function runOnce(load: Load, kind: Kind, api: Started, warmMs = warmUpMs): Promise<GatewayRun> {
  const pool = new Pool(`http://127.0.0.1:${api.ready.port}`, { connections: lanes });
  const authorization = `Bearer ${await newKey(kind)}`;
  const { path } = loads[load];
  const body = JSON.stringify(loads[load].body);
  let calls = 0;
  const call = async () => {
    calls += 1;
    const answer = await pool.request({
      method: "POST",
      path,
      headers: { authorization, "content-type": "application/json" },
      body,
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) {
      throw new Error(`${answer.statusCode} ${text.slice(0, 300)}`);
    }
  };
  await measure(call, { lanes, durationMs: warmMs });
  calls = 0;
  const cpuBefore = Number((await api.ask()).cpuMicros);
  const measured = await measure(call, { lanes, durationMs });
  const cpuMs = (Number((await api.ask()).cpuMicros) - cpuBefore) / 1000;
  await pool.close();
  return { ...measured, apiCpuMsPerCall: cpuMs / calls };
}

const names = Object.keys(kinds) as Kind[];
const apis = Object.fromEntries(
  await Promise.all(names.map(async (kind) => [kind, await startApi(kind)] as const)),
) as Record<Kind, Started>;
for (const load of Object.keys(loads) as Load[]) {
  const runs: Record<Kind, GatewayRun[]> = { none: [], grants: [], holds: [] };
  for (const kind of names) {
    await runOnce(load, kind, apis[kind], compileMs);
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of names) {
      runs[kind].push(await runOnce(load, kind, apis[kind]));
    }
  }
  print(load, runs);
}
await Promise.all(names.map((kind) => apis[kind].stop()));
client.destroy();
await awsLocal.stop();

function print(load: Load, runs: Readonly<Record<Kind, readonly GatewayRun[]>>): void {
  const perCpuSecond = ({ apiCpuMsPerCall }: GatewayRun) => 1_000 / apiCpuMsPerCall;
  const medianOf = (kind: Kind, figure: (run: GatewayRun) => number) => middle(runs[kind].map(figure));
  /** The median, over the rounds, of what a kind comes to in percent of no metering in the same round. */
  const shareOf = (kind: Kind, figure: (run: GatewayRun) => number) =>
    `${middle(runs[kind].map((run, round) => (100 * figure(run)) / figure(runs.none[round] ?? run))).toFixed(0)} %`;
  printTable(
    `${loads[load].title}, ${lanes} connections, medians of ${rounds} rounds of ${durationMs / 1000} s, in turn`,
    [
      "",
      "calls/s",
      "of no metering",
      "p50 ms",
      "p99 ms",
      "API CPU ms a call",
      "calls per API CPU second",
      "of no metering",
    ],
    names.map((kind) => [
      kinds[kind],
      medianOf(kind, ({ perSecond }) => perSecond).toFixed(0),
      shareOf(kind, ({ perSecond }) => perSecond),
      medianOf(kind, ({ p50Ms }) => p50Ms).toFixed(1),
      medianOf(kind, ({ p99Ms }) => p99Ms).toFixed(1),
      medianOf(kind, ({ apiCpuMsPerCall }) => apiCpuMsPerCall).toFixed(2),
      medianOf(kind, perCpuSecond).toFixed(0),
      shareOf(kind, perCpuSecond),
    ]),
  );
}

function middle(figures: readonly number[]): number {
  return [...figures].sort((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN;
}
