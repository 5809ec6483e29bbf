/** Reads the event that an API Gateway REST API gives a Lambda function (AWS_PROXY, payload version 1.0). */
import { z } from "zod";
import { gatewayHeaders } from "./gateway-headers.ts";

const single = z.record(z.string(), z.string()).nullish();
const multiple = z.record(z.string(), z.array(z.string())).nullish();

/** What of the event makes up the request. Repeated names are whole in the `multiValue…` members alone. */
export const lambdaEvent = z.object({
  httpMethod: z.enum(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]),
  path: z.string(),
  headers: single,
  multiValueHeaders: multiple,
  queryStringParameters: single,
  multiValueQueryStringParameters: multiple,
  body: z.string().nullish(),
  isBase64Encoded: z.boolean(),
});
export type LambdaEvent = z.infer<typeof lambdaEvent>;

/** The request as it reached the gateway, but for its origin, which the API does not look at. */
export function toRequest(event: LambdaEvent, signal: AbortSignal): Request {
  const url = new URL("https://gateway.invalid");
  // Not a part of the line above: a decoded path may hold "?" and "#", which this encodes.
  url.pathname = event.path;
  for (const [name, value] of pairs(event.queryStringParameters, event.multiValueQueryStringParameters)) {
    url.searchParams.append(name, value);
  }
  const headers = gatewayHeaders(pairs(event.headers, event.multiValueHeaders));
  const { httpMethod: method, body } = event;
  const hasBody = typeof body === "string" && method !== "GET" && method !== "HEAD";
  return new Request(url, {
    method,
    headers,
    signal,
    ...(hasBody ? { body: Buffer.from(body, event.isBase64Encoded ? "base64" : "utf8") } : {}),
  });
}

function pairs(
  one: z.infer<typeof single>,
  many: z.infer<typeof multiple>,
): (readonly [name: string, value: string])[] {
  const values = Object.entries({ ...one, ...many });
  return values.flatMap(([name, value]) => [value].flat().map((each) => [name, each] as const));
}
