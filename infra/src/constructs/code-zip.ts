/** Zips a code folder so that equal code gives an equal zip: an apply without changes then changes nothing. */
import { lutimesSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { AssetType, Fn, TerraformAsset } from "cdktf";
import type { Construct } from "constructs";

/** A zip knows no time before 1980. */
const zipEpochSeconds = Date.UTC(1980, 0, 1) / 1_000;

export interface CodeZip {
  /** As Terraform finds it from the stack's folder. */
  readonly path: string;
  /** SHA-256 of the zip in base64: what Lambda itself compares. */
  readonly sha256Base64: string;
}

/** Zips what is in the folder; sets the files' modification times, which a zip would otherwise carry along. */
export function zipCode(scope: Construct, id: string, folder: string): CodeZip {
  for (const entry of readdirSync(folder, { recursive: true, encoding: "utf8" })) {
    lutimesSync(join(folder, entry), zipEpochSeconds, zipEpochSeconds);
  }
  const { path } = new TerraformAsset(scope, id, { path: folder, type: AssetType.ARCHIVE });
  return { path, sha256Base64: Fn.filebase64sha256(path) };
}
