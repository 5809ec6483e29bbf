/** Real processes start in these tests, so a busy machine is given time; what they wait for is polled, never slept for. */
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Every file starts its own platform of several processes; more files at once only make each wait.
    maxWorkers: 2,
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" },
  },
});
