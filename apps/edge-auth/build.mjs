/** Bundles the Lambda entry of the edge check into dist/lambda, which infra zips as it is. */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleOptions } from "@caprock/platform/bundle-options";
import { build } from "esbuild";

await rm(new URL("./dist/lambda", import.meta.url), { recursive: true, force: true });
await build({
  ...bundleOptions,
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: [{ in: "src/lambda.ts", out: "lambda/index" }],
  outdir: "dist",
  // Every request waits for the check: its code is to be small.
  minify: true,
  sourcemap: false,
});
