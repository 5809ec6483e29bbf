/** SQS: standard queues with redrive, over awsJson1_0 in query-compatible mode, with faults. */
import { accountId } from "../account.ts";
import type { Exchange } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import { QueryError, strikeQuery } from "../query-service.ts";
import { newId } from "../system.ts";
import { shapeOf, sqsError } from "./errors.ts";
import { operations } from "./operations.ts";
import type { Queues } from "./queues.ts";

/** What the service's target header begins with. */
export const sqsTarget = "AmazonSQS.";

/** Answers one SQS request. */
export async function serveSqs(
  exchange: Exchange,
  queues: Queues,
  faults: Faults,
  nowMs: () => number,
): Promise<void> {
  const headers = { "content-type": "application/x-amz-json-1.0", "x-amzn-requestid": newId() };
  try {
    const name = String(exchange.headers["x-amz-target"]).slice(sqsTarget.length);
    const operation = operations[name];
    if (operation === undefined) {
      const served = Object.keys(operations).join(", ");
      throw sqsError("AWS.SimpleQueueService.UnsupportedOperation", `aws-local serves ${served}.`);
    }
    const fault = faults.takeQuery("sqs", name);
    await strikeQuery(fault, exchange.gone, ["RequestThrottled", 403], ["InternalError", 500]);
    const answer = await operation({
      json: readJson(exchange.body),
      queues,
      nowMs,
      baseUrl: `http://${exchange.headers.host ?? exchange.headers[":authority"]}/${accountId}`,
      gone: exchange.gone,
    });
    if (fault?.kind === "lostAnswer") {
      exchange.cut();
    } else {
      exchange.send(200, headers, JSON.stringify(answer));
    }
  } catch (error) {
    const known = error instanceof QueryError ? error : sqsError("InternalError", "aws-local failed.");
    const body = JSON.stringify({ __type: `com.amazonaws.sqs#${shapeOf(known)}`, message: known.message });
    exchange.send(
      known.httpStatus,
      { ...headers, "x-amzn-query-error": `${known.code};${known.side}` },
      body,
    );
    if (known !== error) {
      throw error;
    }
  }
}

function readJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString() || "{}");
  } catch {
    throw sqsError("InvalidParameterValue", "The body is not JSON.");
  }
}
