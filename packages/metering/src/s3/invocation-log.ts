/** Reads Bedrock's model invocation log from S3. */
import { gunzipSync } from "node:zlib";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { forEachAtOnce } from "../at-once.ts";
import {
  type InvocationLog,
  isWanted,
  LoggedCalls,
  type LoggedInvocation,
  type LogRange,
  type WantedInvocations,
} from "../invocation-log.ts";
import { readLogRecord } from "./log-record.ts";
import { ReadObjects } from "./read-objects.ts";

export interface S3InvocationLogOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** The prefix given in Bedrock's logging configuration, without a slash at its end; may be empty. */
  readonly prefix: string;
  /** Told of an object that is no log file; it is passed over. */
  readonly onUnreadable: (key: string, error: unknown) => void;
}

const hourMs = 3_600_000;
/** Some 50 MB at most. */
const mostRemembered = 100_000;

/**
 * Keys look like `<prefix>/AWSLogs/<account>/BedrockModelInvocationLogs/<region>/YYYY/MM/DD/HH/<name>.json.gz`
 * (AWS Bedrock user guide, "model-invocation-logging"). Account and region are found by listing, so that one
 * setting, the bucket, is enough. Every object of every hour that a wanted request may be in is read once, and
 * what it held is remembered for as long as there is room.
 */
export class S3InvocationLog implements InvocationLog {
  private readonly options: S3InvocationLogOptions;
  private readonly readObjects = new ReadObjects(mostRemembered);

  constructor(options: S3InvocationLogOptions) {
    this.options = options;
  }

  async find(wanted: WantedInvocations): Promise<LoggedCalls> {
    const found = new LoggedCalls();
    const hours = hoursOf([...wanted.requests.values(), ...wanted.grants.values()]);
    await forEachAtOnce(this.keysIn(hours), async (key) => {
      const known = this.readObjects.get(key);
      const invocations = known ?? (await this.read(key));
      if (!known) {
        this.readObjects.set(key, invocations);
      }
      for (const invocation of invocations.filter((one) => isWanted(one, wanted))) {
        found.add(invocation);
      }
    });
    return found;
  }

  async *list(range: LogRange): AsyncIterable<LoggedInvocation> {
    for await (const key of this.keysIn(hoursOf([range]))) {
      yield* await this.read(key);
    }
  }

  /**
   * Keys begin with the hour: whatever was delivered since is listed after what came an hour before, which a file
   * may be late.
   */
  async isAlive(sinceMs: number): Promise<boolean> {
    for (const root of await this.roots()) {
      const from = `${root}${hourFolder(sinceMs - hourMs)}`;
      for await (const { modifiedMs } of this.objects(root, from)) {
        if (modifiedMs >= sinceMs) {
          return true;
        }
      }
    }
    return false;
  }

  private async *keysIn(hours: ReadonlySet<number>): AsyncIterable<string> {
    for (const root of hours.size === 0 ? [] : await this.roots()) {
      for (const hour of hours) {
        for await (const { key } of this.objects(`${root}${hourFolder(hour)}`)) {
          yield key;
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

  private async *objects(
    prefix: string,
    startAfter?: string,
  ): AsyncIterable<{ readonly key: string; readonly modifiedMs: number }> {
    const pages = paginateListObjectsV2(
      { client: this.options.client },
      { Bucket: this.options.bucket, Prefix: prefix, StartAfter: startAfter },
    );
    for await (const page of pages) {
      for (const { Key, LastModified } of page.Contents ?? []) {
        // Bodies over 100 KB are kept in files of their own below data/; they are not needed here.
        if (Key?.endsWith(".json.gz") && !Key.includes("/data/")) {
          yield { key: Key, modifiedMs: LastModified?.getTime() ?? 0 };
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
