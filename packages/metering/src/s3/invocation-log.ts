/** Reads Bedrock's model invocation log from S3. */
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { addUsage, type RequestId } from "@caprock/domain";
import type { InvocationLog, LoggedInvocation } from "../invocation-log.ts";
import { readLogRecord } from "./log-record.ts";

export interface S3InvocationLogOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** The prefix given in Bedrock's logging configuration, without a slash at its end; may be empty. */
  readonly prefix: string;
}

const hourMs = 3_600_000;

/**
 * Keys look like `<prefix>/AWSLogs/<account>/BedrockModelInvocationLogs/<region>/YYYY/MM/DD/HH/<name>.json.gz`
 * (AWS Bedrock user guide, "model-invocation-logging"). Account and region are found by listing, so that one
 * setting, the bucket, is enough.
 */
export class S3InvocationLog implements InvocationLog {
  private readonly options: S3InvocationLogOptions;

  constructor(options: S3InvocationLogOptions) {
    this.options = options;
  }

  async find(
    requestIds: ReadonlySet<RequestId>,
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
  ): Promise<ReadonlyMap<RequestId, LoggedInvocation>> {
    const found = new Map<RequestId, LoggedInvocation>();
    for (const root of await this.roots()) {
      for (let hour = Math.floor(fromMs / hourMs) * hourMs; hour < toMs; hour += hourMs) {
        for await (const key of this.keys(`${root}${hourFolder(hour)}`)) {
          await this.collect(key, requestIds, found);
        }
      }
    }
    return found;
  }

  /** The folder of every account and region that logs into the bucket, with a slash at its end. */
  private async roots(): Promise<string[]> {
    const base = this.options.prefix === "" ? "AWSLogs/" : `${this.options.prefix}/AWSLogs/`;
    const roots: string[] = [];
    for (const account of await this.folders(base)) {
      roots.push(...(await this.folders(`${account}BedrockModelInvocationLogs/`)));
    }
    return roots;
  }

  private async folders(prefix: string): Promise<string[]> {
    const folders: string[] = [];
    const pages = paginateListObjectsV2(
      { client: this.options.client },
      { Bucket: this.options.bucket, Prefix: prefix, Delimiter: "/" },
    );
    for await (const page of pages) {
      folders.push(...(page.CommonPrefixes ?? []).flatMap(({ Prefix }) => (Prefix ? [Prefix] : [])));
    }
    return folders;
  }

  private async *keys(prefix: string): AsyncIterable<string> {
    const pages = paginateListObjectsV2(
      { client: this.options.client },
      { Bucket: this.options.bucket, Prefix: prefix },
    );
    for await (const page of pages) {
      for (const { Key } of page.Contents ?? []) {
        // Bodies over 100 KB are kept in files of their own below data/; they are not needed here.
        if (Key?.endsWith(".json.gz") && !Key.includes("/data/")) {
          yield Key;
        }
      }
    }
  }

  private async collect(
    key: string,
    requestIds: ReadonlySet<RequestId>,
    found: Map<RequestId, LoggedInvocation>,
  ): Promise<void> {
    const { Body } = await this.options.client.send(
      new GetObjectCommand({ Bucket: this.options.bucket, Key: key }),
    );
    const text = gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString("utf8");
    for (const line of text.split("\n")) {
      const invocation = readLogRecord(line);
      if (invocation && requestIds.has(invocation.requestId)) {
        const earlier = found.get(invocation.requestId);
        found.set(
          invocation.requestId,
          earlier ? { ...invocation, usage: addUsage(earlier.usage, invocation.usage) } : invocation,
        );
      }
    }
  }
}

function hourFolder(hourStartMs: number): string {
  const iso = new Date(hourStartMs).toISOString();
  return `${iso.slice(0, 4)}/${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(11, 13)}/`;
}
