/** Bundles the Lambda entries into dist/lambda and dist/websocket, which infra zips as they are. */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { bundleOptions } from "@caprock/platform/bundle-options";
import { build } from "esbuild";

for (const entry of ["lambda", "websocket"]) {
  await rm(new URL(`./dist/${entry}`, import.meta.url), { recursive: true, force: true });
}
await build({
  ...bundleOptions,
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: [
    { in: "src/lambda.ts", out: "lambda/index" },
    { in: "src/websocket.ts", out: "websocket/index" },
  ],
  outdir: "dist",
});
