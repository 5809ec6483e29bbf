/** Reads a CloudWatch body: inflates it, checks it, and turns what is wrong into CloudWatch's own errors. */
import { gunzipSync } from "node:zlib";
import type { z } from "zod";
import type { Exchange } from "../exchange.ts";
import { notServed, type QueryError } from "../query-service.ts";
import { type CloudWatchErrorCode, cloudWatchError } from "./errors.ts";

/** CloudWatch's limit on a request; measured here on the inflated body, the stricter reading. */
const maxBodyBytes = 1024 * 1024;

/** The request's JSON. Throws a QueryError. */
export function readJson({ body, headers }: Exchange): unknown {
  const json = headers["content-encoding"] === "gzip" ? inflate(body) : body;
  if (json.length > maxBodyBytes) {
    throw tooLarge();
  }
  try {
    return JSON.parse(json.toString());
  } catch {
    throw cloudWatchError("SerializationException", "The body is not JSON.");
  }
}

function inflate(body: Buffer): Buffer {
  try {
    return gunzipSync(body, { maxOutputLength: maxBodyBytes });
  } catch (error) {
    throw error instanceof RangeError
      ? tooLarge()
      : cloudWatchError("SerializationException", "The body is not gzip.");
  }
}

function tooLarge(): QueryError {
  return cloudWatchError("RequestEntityTooLarge", "The request is larger than 1 MB.");
}

/**
 * Checks a request. `invalid` is the code of a value out of its range, which differs between operations; a parameter
 * that the schema does not know is one that aws-local does not serve. Throws a QueryError.
 */
export function checkRequest<T>(
  schema: z.ZodType<T>,
  json: unknown,
  invalid: CloudWatchErrorCode = "ValidationError",
): T {
  const result = schema.safeParse(json, { reportInput: true });
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  const path = (issue?.path ?? []).map((part) => (typeof part === "number" ? `member.${part + 1}` : part));
  const name = path.join(".");
  if (issue?.code === "unrecognized_keys") {
    throw notServed(`the parameter ${[...path, issue.keys[0]].join(".")}`);
  }
  if (issue?.code === "invalid_type" && issue.input === undefined) {
    throw cloudWatchError("MissingParameter", `The parameter ${name} is required.`);
  }
  throw cloudWatchError(invalid, `The value for parameter ${name} is invalid: ${issue?.message}`);
}
