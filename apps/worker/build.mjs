/** Bundles the Lambda entries of the worker into folders of dist, which infra zips as they are. */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleOptions } from "@caprock/platform/bundle-options";
import { build } from "esbuild";

await rm(new URL("./dist", import.meta.url), { recursive: true, force: true });
await build({
  ...bundleOptions,
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: [
    { in: "src/lambda.ts", out: "lambda/index" },
    { in: "src/ingest-lambda.ts", out: "ingest/index" },
  ],
  outdir: "dist",
});
