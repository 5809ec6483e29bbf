/** Bundles the Lambda entries of the worker into folders of dist, which infra zips as they are. */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const entries = { lambda: "src/lambda.ts", ingest: "src/ingest-lambda.ts" };

await rm(new URL("./dist", import.meta.url), { recursive: true, force: true });
await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: Object.entries(entries).map(([folder, entry]) => ({ in: entry, out: `${folder}/index` })),
  outdir: "dist",
  outExtension: { ".js": ".mjs" },
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
  minify: false,
  sourcemap: true,
  logLevel: "warning",
});
