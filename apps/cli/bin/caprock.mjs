#!/usr/bin/env node
/** Entry of the `caprock` command: runs its TypeScript with tsx. */
import "./check-node.mjs";

// The AWS SDK warns on every start that it will drop Node 20 in 2027; that is for this project to act on, not its users.
// biome-ignore lint/style/noProcessEnv: it must stand before anything that could read it is loaded.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
const { register } = await import("tsx/esm/api");
register();
await import("../src/main.ts");
