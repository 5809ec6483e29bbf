/** Runs the API as a Lambda function behind an API Gateway REST API that streams responses. */
import { apiSettings, createLogger, loadSettings } from "@caprock/platform";
import { createApi } from "./app.ts";
import { composeApi } from "./composition.ts";
import { lambdaHandler } from "./http/lambda-stream.ts";

const settings = loadSettings(apiSettings);
const logger = createLogger({ service: "api", level: settings.CAPROCK_LOG_LEVEL });
const parts = composeApi(settings, logger, "holds");
const app = createApi(parts);
const answer = lambdaHandler((request) => app.fetch(request), awslambda.HttpResponseStream);

export const handler = awslambda.streamifyResponse(async (event, stream) => {
  try {
    await answer(event, stream);
  } finally {
    // Lambda freezes the process between events, and what is not settled by then may never be.
    await parts.tenant.turn.running.idle();
    await parts.background.idle();
    await parts.tenant.turn.metrics.flush();
  }
});
