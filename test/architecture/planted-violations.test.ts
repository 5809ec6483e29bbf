import { expect, test } from "vitest";
import { brokenArrows } from "./rules/arrows.ts";
import { strayAwsImports } from "./rules/aws-imports.ts";
import { misshapenFiles } from "./rules/file-shape.ts";
import { wrongManifests } from "./rules/manifests.ts";
import { strayUses } from "./rules/single-places.ts";
import { readSourceFile } from "./source-file.ts";
import { manifest, type Workspace } from "./workspace.ts";

/** A workspace of one package with one file. */
function planted(path: string, text: string, extra: object = {}): Workspace {
  const [group = "", name = ""] = path.split("/");
  const folder = group === "infra" || group === "test" ? group : `${group}/${name}`;
  const own = manifest.parse({ name: `@caprock/${folder.split("/").at(-1)}`, ...extra });
  return { packages: [{ folder, manifest: own, files: [readSourceFile(path, text)], peersOf: () => [] }] };
}

test.each([
  ["packages/metering/src/a.ts", 'import { b } from "@caprock/tenancy";'],
  ["packages/metering/src/a.ts", 'import type { B } from "@caprock/inference";'],
  ["packages/metering/src/a.ts", 'type B = import("@caprock/turn").B;'],
  ["packages/context/src/a.ts", 'import { b } from "@caprock/platform";'],
  ["packages/domain/src/a.ts", 'export { b } from "@caprock/platform";'],
  ["packages/turn/src/a.ts", 'const b = await import("@caprock/batch");'],
  ["packages/turn/src/a.ts", 'import { b } from "@caprock/api";'],
  ["apps/dashboard/src/a.tsx", 'import { b } from "@caprock/domain";\nexport const C = () => <b />;'],
  ["apps/api/src/a.ts", 'import { startAwsLocal } from "@caprock/aws-local";'],
  ["apps/api/src/a.ts", 'import { b } from "@caprock/metering/dynamodb";'],
  ["apps/worker/src/a.ts", 'import type { B } from "@caprock/metering/s3";'],
  ["packages/turn/src/a.ts", 'import { b } from "../../metering/src/b.ts";'],
  ["packages/metering/src/a.test.ts", 'import { b } from "@caprock/tenancy";'],
  ["packages/newcomer/src/a.ts", 'import { b } from "@caprock/domain";'],
])("in %s the arrow of %j is broken", (path, text) => {
  expect(brokenArrows(planted(path, text))).toMatchObject([
    { file: path, line: 1, message: expect.stringMatching(/\S/) },
  ]);
});

test.each([
  ["packages/turn/src/a.ts", 'import { b } from "@caprock/metering";'],
  ["packages/metering/src/a.test.ts", 'import { startAwsLocal } from "@caprock/aws-local";'],
  ["apps/api/src/composition.ts", 'import { b } from "@caprock/metering/dynamodb";'],
  ["packages/turn/src/testing/a.ts", 'import { b } from "@caprock/metering/dynamodb";'],
  ["infra/src/a.ts", 'import { b } from "@caprock/metering/tables";'],
  ["packages/metering/src/a/b.ts", 'import { b } from "../c.ts"; // import "@caprock/tenancy"'],
])("in %s the arrow of %j is right", (path, text) => {
  expect(brokenArrows(planted(path, text))).toEqual([]);
});

test.each([
  ["packages/metering/src/a.ts", 'import { S3Client } from "@aws-sdk/client-s3";', 1],
  ["packages/metering/src/a.ts", 'import { type S3Client } from "@aws-sdk/client-s3";', 1],
  ["packages/metering/src/a.ts", 'import type { S3Client } from "@aws-sdk/client-s3";', 0],
  ["packages/metering/src/s3/a.ts", 'import { S3Client } from "@aws-sdk/client-s3";', 0],
  ["packages/metering/src/a.test.ts", 'import { S3Client } from "@aws-sdk/client-s3";', 0],
  ["packages/platform/src/a.ts", 'import { S3Client } from "@aws-sdk/client-s3";', 0],
  ["packages/turn/src/a.ts", 'import { request } from "undici";', 1],
  ["apps/cli/src/a.ts", 'await import("@smithy/signature-v4");', 1],
  [
    "apps/api/src/tenant/protocols/bedrock/a.ts",
    'import { EventStreamCodec } from "@smithy/core/event-streams";',
    0,
  ],
  ["apps/api/src/tenant/protocols/bedrock/a.ts", 'import { x } from "@smithy/core";', 1],
  ["apps/api/src/http/a.ts", 'import { EventStreamCodec } from "@smithy/core/event-streams";', 1],
])("in %s %j is %d stray use of AWS", (path, text, count) => {
  expect(strayAwsImports(planted(path, text))).toHaveLength(count);
});

test.each([
  ["process.env.HOME;", "process.env"],
  ['process["env"];', "process.env"],
  ["Date.now();", "Date.now"],
  ["const now = Date.now;", "Date.now"],
  ["new Date();", "new Date()"],
  ["Math.random();", "Math.random"],
  ["crypto.randomUUID();", "crypto.randomUUID"],
  ['import { randomBytes as b } from "node:crypto";', "randomBytes"],
  ['export * from "./b.ts";', "export *"],
  ['export * as b from "./b.ts";', "export *"],
  ["export default 1;", "export default"],
  ["const a = 1;\nexport { a as default };", "export default"],
  ['vi.mock("./b.ts");', "vi.mock"],
])("%j is found", (text, what) => {
  const [violation] = strayUses(planted("packages/turn/src/a.ts", text));
  expect(violation).toMatchObject({ file: "packages/turn/src/a.ts", message: expect.stringContaining(what) });
});

test.each([
  ["packages/turn/src/a.ts", "// Date.now() in a comment\nconst text = 'process.env';"],
  ["packages/turn/src/a.ts", "new Date(0); clock.now(); env.process; const randomBytesOfId = 1;"],
  ["packages/platform/src/system.ts", "Date.now();"],
  ["packages/platform/src/config/a.ts", "process.env;"],
  ["packages/turn/vitest.config.ts", "export default {};"],
])("in %s %j is in order", (path, text) => {
  expect(strayUses(planted(path, text))).toEqual([]);
});

test("a long file and folders that are named for nothing are found", () => {
  expect(misshapenFiles(planted("packages/turn/src/a.ts", "a;\n".repeat(400)))).toEqual([]);
  expect(misshapenFiles(planted("packages/turn/src/a.ts", "a;\n".repeat(401)))).toHaveLength(1);
  for (const path of [
    "packages/turn/src/utils/a.ts",
    "packages/turn/src/helpers.ts",
    "packages/common/src/a.ts",
  ]) {
    expect(misshapenFiles(planted(path, ""))).toHaveLength(1);
  }
});

test.each([
  ["is not in the package.json", {}, 'import { z } from "zod";'],
  ["stands in devDependencies", { devDependencies: { zod: "1" } }, 'import { z } from "zod";'],
  ["nothing uses it", { dependencies: { zod: "1" } }, "// zod"],
  ["nothing uses it", { devDependencies: { "@types/luxon": "1" } }, ""],
])("a package.json is told wrong: %s", (message, extra, text) => {
  const violations = wrongManifests(planted("packages/turn/src/a.ts", text, extra));
  expect(violations).toMatchObject([{ message: expect.stringContaining(message) }]);
});

test("a dependency that only tests use, and a subpath that is not offered, are told", () => {
  const inTest = planted("packages/turn/src/a.test.ts", 'import { z } from "zod";', {
    dependencies: { zod: "1" },
  });
  expect(wrongManifests(inTest)).toMatchObject([
    { message: expect.stringContaining("move it to devDependencies") },
  ]);
  const dependencies = { "@caprock/domain": "workspace:*" };
  const deep = planted("packages/turn/src/a.ts", 'import { b } from "@caprock/domain/src/b.ts";', {
    dependencies,
  });
  const domain = planted("packages/domain/src/a.ts", "", { exports: { ".": "./src/index.ts" } });
  const both = { packages: [...deep.packages, ...domain.packages] };
  expect(wrongManifests(both)).toMatchObject([
    { message: expect.stringContaining("not among the package's exports") },
  ]);
});

test.each([
  [{ dependencies: { zod: "1" } }, 'import { z } from "zod/mini";'],
  [{ devDependencies: { zod: "1" } }, 'import type { z } from "zod";'],
  [{ devDependencies: { typescript: "1" }, scripts: { typecheck: "tsc -p ." } }, ""],
  [{ dependencies: { luxon: "1" }, devDependencies: { "@types/luxon": "1" } }, 'import { a } from "luxon";'],
  [{ dependencies: { tsx: "1" } }, 'import.meta.resolve("tsx");'],
])("%j with %j is right", (extra, text) => {
  expect(wrongManifests(planted("packages/turn/src/a.ts", text, extra))).toEqual([]);
});

test("a file that cannot be parsed is not passed over", () => {
  expect(() => readSourceFile("packages/turn/src/a.ts", "import {")).toThrow(/a\.ts/);
});
