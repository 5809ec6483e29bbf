/** Runs the WebSocket API as a Lambda function behind API Gateway. */
import { apiSettings, createLogger, loadSettings } from "@caprock/platform";
import { composeApi } from "./composition.ts";
import { composeGateway } from "./websocket/composition.ts";
import { gatewayHandler } from "./websocket/serve-gateway.ts";

const settings = loadSettings(apiSettings);
const logger = createLogger({ service: "socket", level: settings.CAPROCK_LOG_LEVEL });
const parts = composeApi(settings, logger, "holds");
const answer = gatewayHandler(composeGateway(settings, parts));

export const handler = async (event: unknown): Promise<unknown> => {
  try {
    return await answer(event);
  } finally {
    // Lambda freezes the process between events, and what is not settled by then may never be.
    await parts.tenant.turn.running.idle();
    await parts.background.idle();
    await parts.tenant.turn.metrics.flush();
  }
};
