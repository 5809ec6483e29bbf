/** Runs the API as a Node process. */
import { setTimeout as pause } from "node:timers/promises";
import { apiSettings, createLogger, loadSettings } from "@caprock/platform";
import { createApi } from "./app.ts";
import { composeApi } from "./composition.ts";
import { listen } from "./http/listen.ts";
import { problemOfError } from "./http/problem-of-error.ts";
import { handleMessage } from "./websocket/handle-message.ts";
import { SocketServer } from "./websocket/serve-sockets.ts";

const settings = loadSettings(apiSettings);
const logger = createLogger({ service: "api", level: settings.CAPROCK_LOG_LEVEL });
const parts = composeApi(settings, logger, "grants");
const app = createApi(parts);

const sockets = new SocketServer({
  authentication: parts.tenant.authentication,
  random: parts.random,
  handle: (text, connection) => handleMessage(text, connection, parts.socket),
  problemOf: problemOfError,
});

const listener = await listen({
  host: settings.CAPROCK_API_HOST,
  port: settings.CAPROCK_API_PORT,
  fetch: (request) => app.fetch(request),
  upgrade: (request, socket, head) => sockets.upgrade(request, socket, head),
});
logger.info({ port: listener.port }, "listening");
process.send?.({ ready: true, port: listener.port });

/** A few writes; what has not been written by then is mended when its hold expires. */
const settlementTimeoutMs = 5_000;

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) {
    return;
  }
  stopping = true;
  logger.info("stopping; calls in flight may finish");
  // Clients come back elsewhere and resume; their turns run on here until they end or the time is up.
  sockets.close();
  const { running, admission, metrics } = parts.tenant.turn;
  await Promise.all([
    listener.drain(settings.CAPROCK_DRAIN_TIMEOUT_MS),
    Promise.race([running.idle(), pause(settings.CAPROCK_DRAIN_TIMEOUT_MS)]),
  ]);
  // Calls whose connection is gone, or was just cut, still have to write what they cost.
  const settled = running
    .idle()
    .then(() => parts.background.idle())
    .then(() => admission.close())
    .then(() => metrics.close());
  await Promise.race([settled, pause(settlementTimeoutMs)]);
  process.exit(0);
}
process.on("SIGTERM", () => void stop());
process.on("SIGINT", () => void stop());
// Started by another process: do not outlive it.
process.on("disconnect", () => void stop());
