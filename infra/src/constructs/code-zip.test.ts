import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, TerraformStack } from "cdktf";
import { afterAll, describe, expect, test } from "vitest";
import { zipCode } from "./code-zip.ts";

const folder = mkdtempSync(join(tmpdir(), "caprock-zip-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function zipped(code: string, modifiedSeconds: number): Buffer {
  const codeFolder = mkdtempSync(join(folder, "code-"));
  for (const name of ["index.mjs", "index.mjs.map"]) {
    writeFileSync(join(codeFolder, name), code);
    utimesSync(join(codeFolder, name), modifiedSeconds, modifiedSeconds);
  }
  const app = new App({ outdir: mkdtempSync(join(folder, "out-")) });
  const { path } = zipCode(new TerraformStack(app, "stack"), "code", codeFolder);
  app.synth();
  return readFileSync(join(app.outdir, "stacks/stack", path));
}

describe("zipCode", () => {
  test("gives the same bytes for the same code, whenever it was built", () => {
    const early = zipped("export const handler = 1;", 1_000_000_000);
    expect(zipped("export const handler = 1;", 1_700_000_000).equals(early)).toBe(true);
    expect(zipped("export const handler = 2;", 1_000_000_000).equals(early)).toBe(false);
  });
});
