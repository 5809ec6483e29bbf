import { expect, test } from "vitest";
import { brokenArrows } from "./rules/arrows.ts";
import { strayAwsImports } from "./rules/aws-imports.ts";
import { misshapenFiles } from "./rules/file-shape.ts";
import { wrongManifests } from "./rules/manifests.ts";
import { strayUses } from "./rules/single-places.ts";
import { readWorkspace, type Violation } from "./workspace.ts";

const timeoutMs = 60_000;
const workspace = readWorkspace();

/** Shown as one line for each violation, so that a failure reads as a list of what to mend. */
const shown = (violations: readonly Violation[]) =>
  violations.map(({ file, line, message }) => `${line === undefined ? file : `${file}:${line}`}  ${message}`);

test("the rules see the whole workspace", { timeout: timeoutMs }, () => {
  const folders = workspace.packages.map(({ folder }) => folder);
  expect(folders).toEqual(
    expect.arrayContaining(["apps/api", "packages/domain", "packages/turn", "infra", "test"]),
  );
  for (const { folder, files } of workspace.packages) {
    expect(files.length, folder).toBeGreaterThan(0);
    expect(
      files.some(({ imports }) => imports.length > 0),
      folder,
    ).toBe(true);
  }
});

test.each([
  ["dependencies between packages point down, and only compositions choose adapters", brokenArrows],
  ["AWS's libraries are loaded by adapters alone", strayAwsImports],
  ["the environment, the clock and chance are read in one place; nothing is exported wholesale", strayUses],
  ["files are small and folders are named for what is in them", misshapenFiles],
  ["every package.json tells exactly what its package uses", wrongManifests],
])("%s", { timeout: timeoutMs }, (_, rule) => {
  expect(shown(rule(workspace))).toEqual([]);
});
