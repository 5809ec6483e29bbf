/** For tests: tenants with calls in flight, a log that is written by hand, and the round that mends what calls leave. */
import { gzipSync } from "node:zlib";
import { CreateBucketCommand, PutObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { ManualClock, newRequestId, type RequestId, type Tenant } from "@caprock/domain";
import { createS3Client, localCredentials, systemClock, systemRandom } from "@caprock/platform";
import { heldOn } from "../account-store.ts";
import type { Reservation } from "../admission.ts";
import { HoldAdmission } from "../hold-admission.ts";
import type { InvocationLog, LoggedInvocation } from "../invocation-log.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { monthlyCap } from "../limits.ts";
import { resolveHolds } from "../resolve-holds.ts";
import { S3InvocationLog } from "../s3/index.ts";
import { admissionRequest } from "./admission-request.ts";
import { ledgerEntry } from "./ledger-entry.ts";
import { type OpenStores, openStores, tenantWith } from "./open-stores.ts";

export const holdTtlMs = 60_000;
export const graceMs = 600_000;
/** Yesterday, shortly before an hour's end: objects of the log are dated by the time of day when they are written. */
export const dayMs = 86_400_000;
export const start = Math.floor(systemClock.now() / dayMs - 1) * dayMs + Date.parse("1970-01-01T18:59:30Z");
export const folder = new Date(start).toISOString().slice(0, 10).replaceAll("-", "/");

export const bucket = "logged-by-hand";

export const region = "AWSLogs/123456789012/BedrockModelInvocationLogs/eu-west-1";

export class ResolveScenes {
  readonly stores: OpenStores;
  readonly s3: S3Client;
  /** What the rounds told of. */
  readonly unreadable: string[] = [];
  readonly failures: string[] = [];
  private invocations = 0;

  private constructor(stores: OpenStores) {
    this.stores = stores;
    const endpoint = stores.awsLocal.url;
    this.s3 = createS3Client({ region: "us-east-1", endpoint, credentials: localCredentials });
  }

  static async open(): Promise<ResolveScenes> {
    return new ResolveScenes(await openStores({ invocationLogBucket: "aws-logged" }));
  }

  async close(): Promise<void> {
    this.s3.destroy();
    await this.stores.close();
  }

  /** A tenant with calls in flight, and the round that mends what they leave. */
  scene(startMs = start) {
    const { stores, failures } = this;
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
        return (await admission.reserve(
          admissionRequest(tenant, requestId, worstCaseNanoUsd),
        )) as Reservation;
      },
      resolve: ({
        log = bucket,
        logging = true,
        price = true,
      }: {
        log?: string | InvocationLog;
        logging?: boolean;
        price?: boolean;
      } = {}) =>
        resolveHolds({
          accounts: stores.accounts,
          ledger: stores.ledger,
          notes: stores.notes,
          clock,
          invocationLog: logging ? (typeof log === "string" ? this.logIn(log) : log) : undefined,
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

  private logIn(name: string): InvocationLog {
    const onUnreadable = (key: string) => this.unreadable.push(key);
    return new S3InvocationLog({ client: this.s3, bucket: name, prefix: "", onUnreadable });
  }

  /** An invocation of its own, unless it is given another's id. */
  line(
    tenantId: string,
    requestId: RequestId,
    input: number,
    output: number,
    awsRequestId = `aws-${this.nextInvocation()}`,
  ): string {
    return JSON.stringify({
      requestId: awsRequestId,
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

  private nextInvocation(): number {
    this.invocations += 1;
    return this.invocations;
  }

  /** Puts files into the bucket: by key, their text, gzipped. */
  async writeLog(files: Record<string, string> = {}): Promise<void> {
    await this.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    for (const [Key, text] of Object.entries(files)) {
      await this.s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: gzipSync(text) }));
    }
  }
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
