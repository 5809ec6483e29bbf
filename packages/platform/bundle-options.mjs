/** How every Lambda function is bundled: esbuild's options, but for what goes in and where it comes out. */
export const bundleOptions = {
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
  sourcemap: true,
  logLevel: "warning",
};
