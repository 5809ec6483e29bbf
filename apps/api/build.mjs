/** Bundles the Lambda entries into dist/lambda and dist/websocket, which infra zips as they are. */
import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

for (const entry of ["lambda", "websocket"]) {
  await rm(new URL(`./dist/${entry}`, import.meta.url), { recursive: true, force: true });
}
await build({
  absWorkingDir: fileURLToPath(new URL(".", import.meta.url)),
  entryPoints: [
    { in: "src/lambda.ts", out: "lambda/index" },
    { in: "src/websocket.ts", out: "websocket/index" },
  ],
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
