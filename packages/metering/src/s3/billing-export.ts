/** Reads AWS's bill from the files that Data Exports delivers to S3. */
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from "@aws-sdk/client-s3";
import { parse } from "csv-parse";
import type { BillingExport, BillingLine } from "../reconcile/billing-export.ts";
import { utcMonths } from "../windows.ts";
import { type BillingTags, billingRow, readBillingLine } from "./billing-line.ts";

export interface S3BillingExportOptions {
  readonly client: S3Client;
  readonly bucket: string;
  /** `<prefix>/<export name>`, as the export was given them, without slashes around. */
  readonly path: string;
  readonly tags: BillingTags;
}

/**
 * The files of an export of CUR 2.0 as gzip/csv are at `<path>/data/BILLING_PERIOD=YYYY-MM/` (AWS Data Exports user
 * guide, "dataexports-export-delivery"). The export must overwrite its files: one that keeps every delivery would be
 * counted once for each. A bill may change for two weeks after its month. Files are read as streams.
 */
export class S3BillingExport implements BillingExport {
  private readonly options: S3BillingExportOptions;

  constructor(options: S3BillingExportOptions) {
    this.options = options;
  }

  async *lines(range: {
    readonly startMs: number;
    readonly endMs: number;
  }): AsyncIterable<BillingLine | "unreadable"> {
    for (const month of utcMonths(range.startMs, range.endMs)) {
      for await (const key of this.keys(`${this.options.path}/data/BILLING_PERIOD=${month}/`)) {
        for await (const line of this.read(key)) {
          if (line === "unreadable" || (line.startMs >= range.startMs && line.startMs < range.endMs)) {
            yield line;
          }
        }
      }
    }
  }

  private async *keys(prefix: string): AsyncIterable<string> {
    const { client, bucket } = this.options;
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
      for (const { Key } of page.Contents ?? []) {
        if (Key?.endsWith(".csv.gz")) {
          yield Key;
        }
      }
    }
  }

  /** Throws when the file is no gzip, or lacks a column that is needed. */
  private async *read(key: string): AsyncIterable<BillingLine | "unreadable"> {
    const { client, bucket, tags } = this.options;
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    if (!(Body instanceof Readable)) {
      return;
    }
    const rows = parse({ columns: true, bom: true, skip_empty_lines: true });
    // A stream that breaks breaks `rows` too, and with it the loop below.
    const flowing = pipeline(Body, createGunzip(), rows).catch(() => undefined);
    for await (const row of rows) {
      const line = readBillingLine(billingRow.parse(row), tags);
      if (line !== undefined) {
        yield line;
      }
    }
    await flowing;
  }
}
