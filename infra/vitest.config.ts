/** One process for all files: loading the AWS bindings takes longer than the tests. */
import { defineConfig } from "vitest/config";

export default defineConfig({ test: { isolate: false, maxWorkers: 1, testTimeout: 60_000 } });
