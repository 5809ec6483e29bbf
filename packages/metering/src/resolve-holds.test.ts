import { gzipSync } from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { ManualClock, newRequestId, type RequestId, type Tenant } from "@caprock/domain";
import { createS3Client, localCredentials, systemClock, systemRandom } from "@caprock/platform";
import { afterEach, beforeEach, expect, test } from "vitest";
import { heldOn } from "./account-store.ts";
import type { Reservation } from "./admission.ts";
import { HoldAdmission } from "./hold-admission.ts";
import type { LoggedInvocation } from "./invocation-log.ts";
import type { LedgerEntry } from "./ledger-store.ts";
import { monthlyCap } from "./limits.ts";
import { resolveHolds } from "./resolve-holds.ts";
import { S3InvocationLog } from "./s3/index.ts";
import { admissionRequest } from "./testing/admission-request.ts";
import { ledgerEntry } from "./testing/ledger-entry.ts";
import { type OpenStores, openStores, tenantWith } from "./testing/open-stores.ts";

const timeoutMs = 60_000;
const holdTtlMs = 60_000;
const graceMs = 600_000;
const start = Date.parse("2026-11-22T18:59:30Z");

let stores: OpenStores;
let s3: S3Client;

beforeEach(async () => {
  stores = await openStores({ invocationLogBucket: "aws-logged" });
  s3 = createS3Client({ region: "us-east-1", endpoint: stores.awsLocal.url, credentials: localCredentials });
}, timeoutMs);
afterEach(async () => {
  s3.destroy();
  await stores.close();
});

const bucket = "logged-by-hand";

/** What the rounds of a test told of. */
let unreadable: string[] = [];
let failures: string[] = [];
beforeEach(() => {
  unreadable = [];
  failures = [];
});

/** A tenant with calls in flight, and the round that mends what they leave. */
function scene(startMs = start) {
  const tenant = tenantWith("t000000000001", { monthlyCapNanoUsd: 10_000n });
  const clock = new ManualClock(startMs);
  const admission = new HoldAdmission({
    ...stores,
    clock,
    holdTtlMs,
    resolvesLater: true,
    pause: async () => {},
  });
  return {
    tenant,
    clock,
    admission,
    async call(worstCaseNanoUsd = 1_000n): Promise<Reservation> {
      const requestId = newRequestId(clock, systemRandom);
      return (await admission.reserve(admissionRequest(tenant, requestId, worstCaseNanoUsd))) as Reservation;
    },
    resolve: ({ log = bucket, logging = true, price = true } = {}) =>
      resolveHolds({
        accounts: stores.accounts,
        ledger: stores.ledger,
        notes: stores.notes,
        clock,
        invocationLog: logging
          ? new S3InvocationLog({
              client: s3,
              bucket: log,
              prefix: "",
              onUnreadable: (key) => unreadable.push(key),
            })
          : undefined,
        receiptOf: async (invocation) => (price ? priced(invocation, tenant) : undefined),
        tenantIds: async () => [tenant.id],
        graceMs,
        retryMs: 5_000,
        onFailure: (what) => failures.push(what),
      }),
    async money() {
      const account = await stores.accounts.read(monthlyCap(tenant, startMs).accountId);
      return account && { settled: account.settled, held: heldOn(account), left: account.available };
    },
    find: (requestId: RequestId) => stores.ledger.find(tenant.id, requestId),
  };
}

/** One nano-USD a token of any class. */
function priced(invocation: LoggedInvocation, tenant: Tenant): LedgerEntry {
  const { requestId, usage, apiKeyId, wire, invokedId } = invocation;
  const tokens = Object.values(usage).reduce((sum, count) => sum + count, 0);
  return ledgerEntry(tenant.id, requestId, {
    usage,
    apiKeyId,
    wire,
    invokedId,
    status: "aborted",
    costNanoUsd: BigInt(tokens),
  });
}

function line(tenantId: string, requestId: RequestId, input: number, output: number): string {
  return JSON.stringify({
    schemaType: "ModelInvocationLog",
    schemaVersion: "1.0",
    timestamp: "2026-11-22T18:59:31Z",
    modelId: "us.vendor.model",
    requestMetadata: {
      caprock_tenant: tenantId,
      caprock_request: requestId,
      caprock_key: "k000000000001",
      caprock_wire: "openai.chat",
    },
    input: { inputTokenCount: input },
    output: { outputTokenCount: output },
  });
}

const region = "AWSLogs/123456789012/BedrockModelInvocationLogs/eu-west-1";

/** Puts files into the bucket: by key, their text, gzipped. */
async function writeLog(files: Record<string, string> = {}): Promise<void> {
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  for (const [Key, text] of Object.entries(files)) {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: gzipSync(text) }));
  }
}

test("calls that died are billed what Bedrock logged, over hours and accounts, and the rest is given back", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money, find } = scene();
  const [once, twice, never] = [await call(), await call(), await call()];
  const nextHour = "AWSLogs/210987654321/BedrockModelInvocationLogs/us-east-1/2026/11/22/19/b.json.gz";
  await writeLog({
    [`${region}/2026/11/22/18/a.json.gz`]: [
      "not JSON at all",
      line("t00000someone", newRequestId(clock, systemRandom), 9_000, 9_000),
      line(tenant.id, once.requestId, 100, 20),
      line(tenant.id, twice.requestId, 10, 1),
    ].join("\n"),
    [nextHour]: `${line(tenant.id, twice.requestId, 10, 2)}\n`,
    // What large bodies are moved to is neither a log nor gzip.
    [`${region}/2026/11/22/18/data/a_output.json.gz`]: "",
    // An hour before any of the calls: not looked at.
    [`${region}/2026/11/22/17/z.json.gz`]: line(tenant.id, never.requestId, 5_000, 5_000),
  });
  await s3.send(
    new PutObjectCommand({
      Bucket: bucket,
      Key: `${region}/2026/11/22/18/data/b_input.json.gz`,
      Body: "no gzip",
    }),
  );

  expect(await resolve()).toMatchObject({ settledFromLog: 0, unresolved: 0 });
  clock.advance(holdTtlMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLog: 2, released: 0, unresolved: 1 });
  expect(await find(once.requestId)).toMatchObject({ costNanoUsd: 120n, wire: "openai.chat" });
  expect(await find(twice.requestId)).toMatchObject({ costNanoUsd: 23n, usage: { input: 20, output: 3 } });
  expect(await money()).toEqual({ settled: 143n, held: 1_000n, left: 8_857n });

  clock.advance(graceMs);
  expect(await resolve()).toMatchObject({ settledFromLog: 0, released: 1, unresolved: 0 });
  expect(await money()).toEqual({ settled: 143n, held: 0n, left: 9_857n });
  expect(await find(never.requestId)).toBeUndefined();
  expect(await resolve()).toEqual({
    settledFromLedger: 0,
    settledFromLog: 0,
    released: 0,
    grantsResolved: 0,
    unresolved: 0,
    failed: 0,
  });
});

test("an estimate still counts until the log corrects it, and is charged as it is when the log never does", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, admission, call, resolve, money, find } = scene();
  const [known, unknown] = [await call(), await call()];
  for (const reservation of [known, unknown]) {
    const estimate = ledgerEntry(tenant.id, reservation.requestId, {
      estimated: true,
      costNanoUsd: 300n,
      status: "aborted",
    });
    await admission.settle(reservation, estimate);
  }
  expect(await money()).toEqual({ settled: 0n, held: 600n, left: 9_400n });
  // The log may name more than was held for: the bill is what Bedrock says.
  await writeLog({
    [`${region}/2026/11/22/18/a.json.gz`]: line(tenant.id, known.requestId, 1_400, 100),
  });
  clock.advance(1);
  expect(await resolve()).toMatchObject({ settledFromLog: 1, unresolved: 1 });
  expect(await find(known.requestId)).toMatchObject({ costNanoUsd: 1_500n, estimated: false });
  expect(await money()).toEqual({ settled: 1_500n, held: 300n, left: 8_200n });
  clock.advance(graceMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLedger: 1, unresolved: 0 });
  expect(await money()).toEqual({ settled: 1_800n, held: 0n, left: 8_200n });
});

test("what another tenant's record says of a request settles nothing", { timeout: timeoutMs }, async () => {
  const { clock, call, resolve, money, find } = scene();
  const { requestId } = await call();
  await writeLog({ [`${region}/2026/11/22/18/a.json.gz`]: line("t00000someone", requestId, 1, 1) });
  clock.advance(holdTtlMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLog: 0, unresolved: 1 });
  expect(await money()).toMatchObject({ settled: 0n, held: 1_000n });
  expect(await find(requestId)).toBeUndefined();
});

test.each([
  ["without a log", { logging: false }],
  ["without a price", { price: false }],
])(
  "%s the money of a call that may have run is held for an operator, however long",
  { timeout: timeoutMs },
  async (_, blind) => {
    const { tenant, clock, admission, call, resolve, money } = scene();
    const [crashed, unknown] = [await call(), await call()];
    await admission.leaveUnresolved(unknown);
    const lines = [crashed, unknown].map(({ requestId }) => line(tenant.id, requestId, 1, 1));
    await writeLog({ [`${region}/2026/11/22/18/a.json.gz`]: lines.join("\n") });
    for (const waitMs of [holdTtlMs + 1, graceMs + holdTtlMs]) {
      clock.advance(waitMs);
      expect(await resolve(blind)).toMatchObject({ released: 0, settledFromLog: 0, unresolved: 2 });
      expect(await money()).toEqual({ settled: 0n, held: 2_000n, left: 8_000n });
    }
    // Later the price is known, or the log is switched on; such accounts are looked at every hour.
    clock.advance(3_600_000);
    expect(await resolve()).toMatchObject({ settledFromLog: 2, unresolved: 0 });
    expect(await money()).toEqual({ settled: 4n, held: 0n, left: 9_996n });
  },
);

test("two rounds at once bill once, and a round that was killed half-way is finished by the next", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money } = scene();
  const calls = [await call(), await call(), await call()];
  const lines = calls.map(({ requestId }) => line(tenant.id, requestId, 90, 10));
  await writeLog({ [`${region}/2026/11/22/18/a.json.gz`]: lines.join("\n") });
  clock.advance(holdTtlMs + 1);
  // Dies between the entry of the first call and its account.
  await stores.ledger.correct(ledgerEntry(tenant.id, calls[0]!.requestId, { costNanoUsd: 100n }));
  await Promise.all([resolve(), resolve()]);
  expect(await money()).toEqual({ settled: 300n, held: 0n, left: 9_700n });
});

test("the log that aws-local itself writes of a call is read, metadata and counts", {
  timeout: timeoutMs,
}, async () => {
  // Its records bear the time of day.
  const { tenant, clock, call, resolve, money, find } = scene(systemClock.now());
  const { requestId } = await call();
  const answer = await fetch(`${stores.awsLocal.url}/model/vendor.model/converse`, {
    method: "POST",
    headers: { authorization: "Bearer any", "content-type": "application/json" },
    body: JSON.stringify({
      messages: [{ role: "user", content: [{ text: "Hello there" }] }],
      requestMetadata: {
        caprock_tenant: tenant.id,
        caprock_request: requestId,
        caprock_wire: "bedrock.converse",
      },
    }),
  });
  const { usage } = (await answer.json()) as { usage: { inputTokens: number; outputTokens: number } };
  await stores.awsLocal.flushInvocationLog();
  clock.advance(holdTtlMs + 1);
  expect(await resolve({ log: "aws-logged" })).toMatchObject({ settledFromLog: 1, unresolved: 0 });
  expect(await find(requestId)).toMatchObject({
    invokedId: "vendor.model",
    wire: "bedrock.converse",
    usage: { input: usage.inputTokens, output: usage.outputTokens },
  });
  const cost = BigInt(usage.inputTokens + usage.outputTokens);
  expect(await money()).toEqual({ settled: cost, held: 0n, left: 10_000n - cost });
});

test("a file that is no log is passed over and told of, and the calls in the others are settled", {
  timeout: timeoutMs,
}, async () => {
  const { tenant, clock, call, resolve, money } = scene();
  const { requestId } = await call();
  await writeLog({ [`${region}/2026/11/22/18/b.json.gz`]: line(tenant.id, requestId, 90, 10) });
  await s3.send(
    new PutObjectCommand({ Bucket: bucket, Key: `${region}/2026/11/22/18/a.json.gz`, Body: "not gzip" }),
  );
  clock.advance(holdTtlMs + 1);
  expect(await resolve()).toMatchObject({ settledFromLog: 1, failed: 0 });
  expect(unreadable).toEqual([`${region}/2026/11/22/18/a.json.gz`]);
  expect(await money()).toEqual({ settled: 100n, held: 0n, left: 9_900n });
});

test("a log that cannot be read stops nothing but what waits for it", { timeout: timeoutMs }, async () => {
  const { tenant, clock, call, resolve, money } = scene();
  const [told, untold] = [await call(), await call()];
  await stores.ledger.record(ledgerEntry(tenant.id, told.requestId, { costNanoUsd: 40n }));
  clock.advance(holdTtlMs + 1);
  expect(await resolve({ log: "no-such-bucket" })).toMatchObject({ settledFromLedger: 3, failed: 1 });
  expect(failures).toEqual(["the invocation log"]);
  expect(await money()).toEqual({ settled: 40n, held: 1_000n, left: 8_960n });
  expect(untold.holds).not.toEqual([]);
});

test("a silent log proves nothing: the hold stays until the log shows life", {
  timeout: timeoutMs,
}, async () => {
  const { clock, call, resolve, money } = scene();
  await writeLog({});
  await call();
  clock.advance(holdTtlMs + graceMs + 1);
  expect(await resolve()).toMatchObject({ released: 0, unresolved: 1 });
  await writeLog({ [`${region}/2026/11/22/19/other.json.gz`]: line("t000000000009", "req_other", 1, 1) });
  clock.advance(5_000);
  expect(await resolve()).toMatchObject({ released: 1, unresolved: 0 });
  expect(await money()).toEqual({ settled: 0n, held: 0n, left: 10_000n });
});
