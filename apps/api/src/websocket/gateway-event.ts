/** Reads what API Gateway's WebSocket API gives the function: who wants to connect, and what connections say. */
import { gatewayMessage } from "@caprock/contract";
import { z } from "zod";

const headers = z.record(z.string(), z.string()).nullish();

/** Asks the function, as the API's authorizer, whether a connection may be opened. */
const authorizeEvent = z.object({ type: z.literal("REQUEST"), methodArn: z.string(), headers });

/** A connection that was let in is about to open. */
const connectEvent = z.object({ requestContext: z.object({ routeKey: z.literal("$connect") }), headers });

export const gatewayEvent = z.union([authorizeEvent, connectEvent, gatewayMessage]);
