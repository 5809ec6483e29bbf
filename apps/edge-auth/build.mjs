/** Bundles the Lambda entry of the edge check into dist/lambda, which infra zips as it is. */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

await rm(new URL("./dist/lambda", import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: ["src/lambda.ts"],
  outfile: "dist/lambda/index.mjs",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22",
  // The AWS SDK's ES modules are smaller in a bundle than its CommonJS files.
  mainFields: ["module", "main"],
  // Dependencies that are CommonJS only (pino) call require() for Node's own modules.
  banner: {
    js: 'import { createRequire as createModuleRequire } from "node:module"; const require = createModuleRequire(import.meta.url);',
  },
  minify: true,
  sourcemap: false,
  logLevel: "warning",
});
