/** Runs the API as a Lambda function behind an API Gateway REST API that streams responses. */
import { apiSettings, createLogger, loadSettings } from "@caprock/platform";
import { streamHandle } from "hono/aws-lambda";
import { createApi } from "./app.ts";
import { composeApi } from "./composition.ts";

const settings = loadSettings(apiSettings);
const logger = createLogger({ service: "api", level: settings.CAPROCK_LOG_LEVEL });

export const handler = streamHandle(createApi(composeApi(settings, logger)));
