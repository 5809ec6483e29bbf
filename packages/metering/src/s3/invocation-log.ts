/** Reads Bedrock's model invocation log from S3. */
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import type { RequestId } from "@caprock/domain";
import {
  type InvocationLog,
  type LoggedInvocation,
  type LogRange,
  sumOfInvocations,
} from "../invocation-log.ts";
import { readLogRecord } from "./log-record.ts";

export interface S3InvocationLogOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** The prefix given in Bedrock's logging configuration, without a slash at its end; may be empty. */
  readonly prefix: string;
  /** Told of an object that is no log file; it is passed over. */
  readonly onUnreadable: (key: string, error: unknown) => void;
}

const hourMs = 3_600_000;

/**
 * Keys look like `<prefix>/AWSLogs/<account>/BedrockModelInvocationLogs/<region>/YYYY/MM/DD/HH/<name>.json.gz`
 * (AWS Bedrock user guide, "model-invocation-logging"). Account and region are found by listing, so that one
 * setting, the bucket, is enough. Every object of every hour that a wanted request may be in is read once.
 */
export class S3InvocationLog implements InvocationLog {
  private readonly options: S3InvocationLogOptions;

  constructor(options: S3InvocationLogOptions) {
    this.options = options;
  }

  async find(wanted: ReadonlyMap<RequestId, LogRange>): Promise<ReadonlyMap<RequestId, LoggedInvocation>> {
    const found = new Map<RequestId, LoggedInvocation>();
    for await (const invocation of this.loggedIn(hoursOf(wanted.values()))) {
      if (wanted.has(invocation.requestId)) {
        const earlier = found.get(invocation.requestId);
        found.set(invocation.requestId, earlier ? sumOfInvocations(earlier, invocation) : invocation);
      }
    }
    return found;
  }

  list(range: LogRange): AsyncIterable<LoggedInvocation> {
    return this.loggedIn(hoursOf([range]));
  }

  async isAlive(range: LogRange): Promise<boolean> {
    for (const root of await this.roots()) {
      for (const hour of hoursOf([range])) {
        for await (const _key of this.keys(`${root}${hourFolder(hour)}`)) {
          return true;
        }
      }
    }
    return false;
  }

  private async *loggedIn(hours: ReadonlySet<number>): AsyncIterable<LoggedInvocation> {
    for (const root of hours.size === 0 ? [] : await this.roots()) {
      for (const hour of hours) {
        for await (const key of this.keys(`${root}${hourFolder(hour)}`)) {
          yield* await this.read(key);
        }
      }
    }
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

  private async read(key: string): Promise<LoggedInvocation[]> {
    const { Body } = await this.options.client.send(
      new GetObjectCommand({ Bucket: this.options.bucket, Key: key }),
    );
    const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
    try {
      const lines = gunzipSync(bytes).toString("utf8").split("\n");
      return lines.flatMap((line) => readLogRecord(line) ?? []);
    } catch (error) {
      this.options.onUnreadable(key, error);
      return [];
    }
  }
}

/** The starts of all hours that the ranges touch, in order. */
function hoursOf(ranges: Iterable<LogRange>): ReadonlySet<number> {
  const hours = new Set<number>();
  for (const { fromMs, toMs } of ranges) {
    for (let hour = Math.floor(fromMs / hourMs) * hourMs; hour < toMs; hour += hourMs) {
      hours.add(hour);
    }
  }
  return new Set([...hours].sort((a, b) => a - b));
}

function hourFolder(hourStartMs: number): string {
  const iso = new Date(hourStartMs).toISOString();
  return `${iso.slice(0, 4)}/${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(11, 13)}/`;
}
