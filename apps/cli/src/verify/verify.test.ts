/** The command on a local AWS with tables of its own: what it prints, and what it ends with. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AwsLocal, startAwsLocal } from "@caprock/aws-local";
import type { Tenant } from "@caprock/domain";
import { loadSettings, systemClock, systemRandom, workerSettings } from "@caprock/platform";
import { createTenant, type TenantStore, updateTenant } from "@caprock/tenancy";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStores, type Stores } from "../composition.ts";
import { fillDemo } from "../demo/fill-demo.ts";
import { localEnvironment } from "../start/local-environment.ts";
import { writeLocalJson } from "../start/local-json.ts";
import { composeVerification } from "./composition.ts";
import { findDeployment } from "./find-deployment.ts";
import { limitHistories } from "./limit-history.ts";
import { type VerifyOptions, verify } from "./verify.ts";

const timeoutMs = 120_000;
const prefix = "caprock-local";
let awsLocal: AwsLocal;
let stores: Stores;
let dataFolder: string;
let tenant: Tenant;

const editParts = () => ({ ...stores, clock: systemClock, random: systemRandom, actor: "ann" });

const localJson = () => ({
  apiUrl: "http://127.0.0.1:1",
  dashboardUrl: "http://127.0.0.1:1",
  awsLocalUrl: awsLocal.url,
  adminToken: "0".repeat(64),
  accessKeySecret: "0".repeat(64),
  tokenPrivateKey: "",
  tenants: [],
});

beforeAll(async () => {
  awsLocal = await startAwsLocal();
  stores = await openStores(awsLocal.url, prefix);
  await fillDemo(stores, 2, () => undefined);
  tenant = await createTenant(
    { name: "Acme", timeZone: "UTC", monthlyCapNanoUsd: 1_000n, requestsPerMinute: 10 },
    editParts(),
  );
  await updateTenant(tenant.id, { name: "Acme 2" }, editParts());
  dataFolder = await mkdtemp(join(tmpdir(), "caprock-verify-"));
  await writeLocalJson(join(dataFolder, "local.json"), localJson());
}, timeoutMs);
afterAll(async () => {
  stores.close();
  await awsLocal.close();
  await rm(dataFolder, { recursive: true });
});

async function run(options: VerifyOptions) {
  let printed = "";
  let told = "";
  const exitCode = await verify(
    { dataFolder, ...options },
    (text) => {
      printed += text;
    },
    (text) => {
      told += text;
    },
  );
  return { exitCode, printed, told };
}

test("sound books are reported as such, in lines that fit, and end with 0", {
  timeout: timeoutMs,
}, async () => {
  const { exitCode, printed, told } = await run({});
  expect([exitCode, told]).toEqual([0, ""]);
  expect(printed).toMatch(/^Result {6}PASS: \d+ passed, 0 failed, \d+ skipped, 0 unfinished$/m);
  expect(printed).toContain(`local platform at ${awsLocal.url}, tables caprock-local-*`);
  expect(printed).toMatch(
    /^ {2}entries-recompute {7}PASS {8}\d+ entries, \d+ of the present edition, priced anew$/m,
  );
  expect(printed.split("\n").filter((line) => line.length > 100)).toEqual([]);
});

test("the same as data, for one tenant and one month", { timeout: timeoutMs }, async () => {
  const { exitCode, printed } = await run({ json: true, tenant: [tenant.id], month: "2026-11" });
  const report = JSON.parse(printed);
  expect(exitCode).toBe(0);
  expect(report).toMatchObject({ result: "PASS", tenantIds: [tenant.id], isWhole: false, month: "2026-11" });
  expect(report.checks.map(({ id }: { id: string }) => id)).toHaveLength(11);
});

test("what cannot be run says why and ends with 2", { timeout: timeoutMs }, async () => {
  const told = async (options: VerifyOptions) => {
    const ended = await run(options);
    expect([ended.exitCode, ended.printed]).toEqual([2, ""]);
    return ended.told;
  };
  expect(await told({ tenant: ["t999999999999"] })).toBe('There is no tenant "t999999999999".');
  expect(await told({ probe: true })).toMatch(/^A probe needs --api-url <url> and --key-file <file/);
  const keyFile = join(dataFolder, "key");
  await writeFile(keyFile, `cpk_t999999999999_k999999999999_${"0".repeat(40)}\n`);
  expect(await told({ probe: true, keyFile })).toBe(
    "The probe's key is no API key of a tenant of this deployment.",
  );
  expect(await told({ region: "us-east-1" })).toMatch(/--region and --table-prefix together/);
  expect(await told({ dataFolder: join(dataFolder, "none") })).toMatch(/^No platform was started from /);
});

test("a probe whose call is not answered leaves the report unfinished, and the other checks are made", {
  timeout: timeoutMs,
}, async () => {
  const keyFile = join(dataFolder, "key");
  await writeFile(keyFile, `cpk_${tenant.id}_k999999999999_${"0".repeat(40)}`);
  const { exitCode, printed } = await run({ probe: true, keyFile });
  expect(exitCode).toBe(2);
  expect(printed).toMatch(/^Result {6}UNFINISHED: \d+ passed, 0 failed, \d+ skipped, 1 unfinished$/m);
  expect(printed).toContain("Nothing was written but by the calls of the probe.");
});

test("metrics of a deployment are compared where its cardinality is told", async () => {
  const named = { region: "us-east-1", tablePrefix: "caprock-production" };
  expect((await findDeployment(named)).settings).toMatchObject({ CAPROCK_METRICS: "off" });
  expect((await findDeployment({ ...named, metrics: "top" })).settings).toMatchObject({
    CAPROCK_METRICS: "cloudwatch",
    CAPROCK_METRICS_CARDINALITY: "top",
  });
});

test("a verification cannot write, whoever tries", { timeout: timeoutMs }, async () => {
  const settings = loadSettings(workerSettings, localEnvironment(awsLocal.url));
  const verification = composeVerification({ settings, local: localJson() }, () => undefined);
  const store = verification.tenants as TenantStore;
  await expect(store.create({ ...tenant, id: "t000000000009" })).rejects.toThrow(
    "A verification only reads, and PutItemCommand does not.",
  );
  verification.close();
  expect(await stores.tenants.read("t000000000009")).toBeUndefined();
});

test("the audit log tells when limits changed, and only that", { timeout: timeoutMs }, async () => {
  const before = await limitHistories(stores.audit)(tenant.id);
  expect(before.edits).toEqual([]);
  await updateTenant(tenant.id, { monthlyCapNanoUsd: 500n }, editParts());
  const { edits } = await limitHistories(stores.audit)(tenant.id);
  expect(edits).toEqual([{ atMs: expect.any(Number), rezoned: false }]);
});

test("an audit entry that is not what was hashed is named, and the command ends with 1", {
  timeout: timeoutMs,
}, async () => {
  const last = await stores.audit.last(tenant.id);
  const sequence = (last?.sequence ?? 0) + 1;
  await stores.audit.add(tenant.id, { sequence, text: last?.text ?? "", hash: "0".repeat(64) });
  const { exitCode, printed } = await run({});
  expect(exitCode).toBe(1);
  expect(printed).toMatch(/^Result {6}FAIL: /m);
  expect(printed).toMatch(/^ {2}audit-chains-hold {7}FAIL {8}1 offender; /m);
  expect(printed).toContain(`OFFENDER    ${tenant.id}: entry ${sequence} is changed`);
});
