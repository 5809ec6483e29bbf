/** Bedrock's model invocation logging to S3, with text data delivery off: counts and metadata, no bodies. */
import { gzipSync } from "node:zlib";
import { accountId } from "./account.ts";
import { cacheDetails } from "./bedrock/invocation.ts";
import type { ObjectStore } from "./s3/object-store.ts";
import { newId, nowMs, sleep } from "./system.ts";
import type { ServedInvocation } from "./witness.ts";

/**
 * Writes each ended invocation, `delayMs` after it ended at most; what ends while a write waits or runs goes into the
 * next object together.
 */
export class InvocationLog {
  readonly #store: ObjectStore;
  readonly #bucket: string;
  readonly #region: string;
  readonly #delayMs: number;
  readonly #closing = new AbortController();
  #waiting: ServedInvocation[] = [];
  #writing: Promise<void> | undefined;

  constructor(store: ObjectStore, bucket: string, region: string, delayMs = 0) {
    this.#store = store;
    this.#bucket = bucket;
    this.#region = region;
    this.#delayMs = delayMs;
  }

  add(invocation: ServedInvocation): void {
    this.#waiting.push(invocation);
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
  }

  /** Resolves when everything added so far can be read. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  /** The same, without any delay from now on. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.flush();
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await sleep(this.#delayMs, this.#closing.signal);
      const batch = this.#waiting;
      this.#waiting = [];
      const lines = batch.map((one) => `${JSON.stringify(logRecord(one, this.#region))}\n`).join("");
      const headers = { "content-type": "application/json", "content-encoding": "gzip" };
      await this.#store.put(this.#bucket, this.#key(), gzipSync(lines), headers);
    }
  }

  #key(): string {
    const time = new Date(nowMs()).toISOString();
    const hour = time.slice(0, 13).replace(/[-T]/g, "/");
    const file = `${time.replace(/[-:.]/g, "")}_${newId().replaceAll("-", "").slice(0, 16)}.json.gz`;
    return `AWSLogs/${accountId}/BedrockModelInvocationLogs/${this.#region}/${hour}/${file}`;
  }
}

function logRecord(invocation: ServedInvocation, region: string): Record<string, unknown> {
  const { usage } = invocation;
  const cacheWrite = usage.cacheWrite5m + usage.cacheWrite1h;
  return {
    schemaType: "ModelInvocationLog",
    schemaVersion: "1.0",
    timestamp: new Date(invocation.startedAtMs).toISOString(),
    accountId,
    region,
    requestId: invocation.requestId,
    operation: invocation.operation,
    modelId: invocation.modelId,
    requestMetadata: invocation.requestMetadata,
    ...(invocation.status === "failed" ? { errorCode: "ModelErrorException" } : {}),
    input: {
      inputContentType: "application/json",
      inputTokenCount: usage.input,
      ...(usage.cacheRead > 0 ? { cacheReadInputTokenCount: usage.cacheRead } : {}),
      ...(cacheWrite > 0 ? { cacheWriteInputTokenCount: cacheWrite, cacheDetails: cacheDetails(usage) } : {}),
    },
    output: { outputContentType: "application/json", outputTokenCount: usage.output },
  };
}
