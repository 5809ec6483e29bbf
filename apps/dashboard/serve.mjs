/** Serves the built dashboard for `caprock start`, and ends with the process that started it. */
import { fileURLToPath } from "node:url";
import { preview } from "vite";

const server = await preview({
  root: fileURLToPath(new URL(".", import.meta.url)),
  logLevel: "warn",
  // biome-ignore lint/style/noProcessEnv: the port is all this script is told.
  preview: { host: "127.0.0.1", port: Number(process.env.CAPROCK_DASHBOARD_PORT ?? 4101), strictPort: true },
});
process.send?.({ ready: true });
for (const signal of ["SIGTERM", "SIGINT", "disconnect"]) {
  process.on(signal, () => server.close().finally(() => process.exit(0)));
}
