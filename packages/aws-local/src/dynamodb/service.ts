/// <reference path="./dynalite.d.ts" />
/** DynamoDB: dynalite behind this server's port, with faults. */
import { once } from "node:events";
import { Readable } from "node:stream";
import dynalite from "dynalite";
import { z } from "zod";
import { AwsError, type AwsFailures, strikeAws } from "../aws-error.ts";
import type { Exchange } from "../exchange.ts";
import type { Faults } from "../faults.ts";

export interface DynamoDb {
  serve(exchange: Exchange): Promise<void>;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | number>;
  readonly body: string;
}

const errorPrefix = "com.amazonaws.dynamodb.v20120810#";
const anyBody = z.looseObject({ TableName: z.string().optional() });

/** Opens the tables in `folder`, or in memory when there is none. */
export async function startDynamoDb(folder: string | undefined, faults: Faults): Promise<DynamoDb> {
  const server = dynalite({
    ...(folder ? { path: folder } : {}),
    createTableMs: 0,
    deleteTableMs: 0,
    updateTableMs: 0,
  });
  // Its own port is not used, but dynalite closes its store only when it was listening.
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const ask = (exchange: Exchange) =>
    new Promise<Answer>((resolve) => {
      // The body was read before, because dynalite throws when a client leaves while it sends.
      const { method, headers } = exchange;
      const request = Object.assign(Readable.from([exchange.body]), { method, headers, url: "/" });
      const answered: Answer["headers"] = {};
      const response = {
        statusCode: 200,
        setHeader: (name: string, value: string | number) => {
          answered[name.toLowerCase()] = value;
        },
        end: (body = "") => resolve({ status: response.statusCode, headers: answered, body }),
      };
      server.emit("request", request, response);
    });

  return {
    async serve(exchange) {
      try {
        const operation = String(exchange.headers["x-amz-target"]).split(".")[1] ?? "";
        const fault = faults.takeDynamoDb(operation, tableOf(exchange.body));
        await strikeAws(fault, exchange.gone, failures);
        const { status, headers, body } = await ask(exchange);
        if (fault?.kind === "lostAnswer") {
          exchange.cut();
        } else {
          exchange.send(status, headers, body);
        }
      } catch (error) {
        if (!(error instanceof AwsError)) {
          throw error;
        }
        const body = JSON.stringify({ __type: errorPrefix + error.name, message: error.message });
        exchange.send(error.httpStatus, { "content-type": "application/x-amz-json-1.0" }, body);
      }
    },
    close: () =>
      new Promise((resolve, reject) => {
        server.close((error) => (error ? reject(error) : resolve()));
      }),
  };
}

/** The table a call names; dynalite could not bear a body that is not an object. */
function tableOf(body: Buffer): string | undefined {
  try {
    return anyBody.parse(JSON.parse(body.toString())).TableName;
  } catch {
    throw new AwsError("SerializationException", "The body is not a JSON object.");
  }
}

const failures = {
  throttle: ["ProvisionedThroughputExceededException", "The table's throughput was exceeded."],
  error: ["InternalServerError", "Internal server error"],
  unavailable: ["ServiceUnavailable", "Service unavailable"],
  timeout: ["InternalServerError", "The caller left before any answer."],
} as const satisfies AwsFailures;
