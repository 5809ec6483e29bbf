import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const infraFolder = fileURLToPath(new URL("..", import.meta.url));
const built = ["api", "edge-auth", "worker"].every((app) =>
  existsSync(`${infraFolder}../apps/${app}/dist/lambda/index.mjs`),
);
if (!built) {
  console.warn("NOTICE: the apps are not built, so synthesizing their real code is skipped.");
}

test.skipIf(!built)(
  "synth writes the production stack with the code of the apps, without the cdktf command",
  () => {
    const tsx = createRequire(import.meta.url).resolve("tsx/cli");
    const printed = execFileSync(process.execPath, [tsx, "src/main.ts"], {
      cwd: infraFolder,
      encoding: "utf8",
    });
    expect(printed.trim()).toMatch(/cdktf\.out\/stacks\/production$/);
    expect(existsSync(`${printed.trim()}/cdk.tf.json`)).toBe(true);
  },
);
