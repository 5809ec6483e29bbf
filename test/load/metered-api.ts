/** The API as a process of its own for the gateway benchmark, metered by grants, by holds, or not at all. */
import { composeApi, createApi, listen } from "@caprock/api";
import { apiSettings, createLogger, loadSettings } from "@caprock/platform";
import { NoMetering } from "./no-metering.ts";

const kind = process.argv[2];
const settings = loadSettings(apiSettings);
const logger = createLogger({ service: "api", level: "error" });
const parts = composeApi(settings, logger, kind === "holds" ? "holds" : "grants");
const turn = kind === "none" ? { ...parts.tenant.turn, admission: new NoMetering() } : parts.tenant.turn;
const app = createApi({ ...parts, tenant: { ...parts.tenant, turn } });
const listener = await listen({
  host: "127.0.0.1",
  port: 0,
  fetch: (request) => app.fetch(request),
});
process.send?.({ port: listener.port });
process.on("message", () => process.send?.({ cpuMicros: sum(process.cpuUsage()) }));
process.on("SIGTERM", () => process.exit(0));
process.on("disconnect", () => process.exit(0));

function sum({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}
