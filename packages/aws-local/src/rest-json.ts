/** What services over restJson1 have in common: which operation a request is for, faults before it, and its answer. */
import type { z } from "zod";
import type { Exchange } from "./exchange.ts";
import type { Fault } from "./faults.ts";
import { type Failure, strikeBefore } from "./strike.ts";
import { newId } from "./system.ts";

export interface OperationCall {
  readonly json: unknown;
  /** The path's labels, decoded. */
  readonly labels: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
}

/** One operation of a service that gives its operations `Parts`. */
export interface RestOperation<Parts> {
  readonly name: string;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** For example "/memories/{memoryId}/events". */
  readonly path: string;
  readonly status: number;
  readonly run: (call: OperationCall, parts: Parts) => object;
}

/** A refusal with the name that an SDK client turns into its typed error. */
export class RestError extends Error {
  override readonly name: string;
  readonly httpStatus: number;
  /** Which kind of a ValidationException it is, where the service tells. */
  readonly reason: string | undefined;

  constructor(name: string, httpStatus: number, message: string, reason?: string) {
    super(message);
    this.name = name;
    this.httpStatus = httpStatus;
    this.reason = reason;
  }
}

/** The errors that every such service has. */
type SharedErrorName =
  | "InternalServerException"
  | "ResourceNotFoundException"
  | "ServiceUnavailableException"
  | "ThrottlingException"
  | "ValidationException";

/** Finds operations by method and path; a slash at a path's end may be left out. */
export class OperationTable<T extends RestOperation<never>> {
  readonly #operations: readonly { readonly operation: T; readonly pattern: RegExp }[];

  constructor(operations: readonly T[]) {
    this.#operations = operations.map((operation) => ({ operation, pattern: patternOf(operation.path) }));
  }

  /** With the path's labels, decoded. Throws URIError when one is not percent-encoded as it should be. */
  find({ method, path }: Exchange): { operation: T; labels: Record<string, string> } | undefined {
    for (const { operation, pattern } of this.#operations) {
      const match = operation.method === method ? pattern.exec(path) : null;
      if (match) {
        const labels = Object.entries(match.groups ?? {}).map(([name, value]) => [
          name,
          decodeURIComponent(value),
        ]);
        return { operation, labels: Object.fromEntries(labels) };
      }
    }
    return undefined;
  }
}

/** A service as `serveRestJson` serves it; `Name` are the names of its errors. */
export interface RestService<Parts, Name extends string> {
  readonly operations: OperationTable<RestOperation<Parts>>;
  readonly parts: Parts;
  readonly errorOf: (name: Name | SharedErrorName, message: string, reason?: string) => RestError;
  /** What it calls being asked too often. */
  readonly throttled: Name | SharedErrorName;
  /** The fault that waits for a call of the operation. */
  readonly takeFault: (
    operation: string,
  ) => (Pick<Fault, "kind" | "delayMs"> & { readonly name?: Name | undefined }) | undefined;
  /** Throws when the operation may not be called now. */
  readonly admit?: (operation: string) => void;
}

/** Answers one request; what is not a RestError is answered as the service's own failure, and thrown. */
export async function serveRestJson<Parts, Name extends string>(
  exchange: Exchange,
  service: RestService<Parts, Name>,
): Promise<void> {
  const { errorOf, parts } = service;
  const headers = { "x-amzn-requestid": newId() };
  try {
    const { operation, labels } = find(exchange, service);
    const fault = service.takeFault(operation.name);
    await strikeBefore(fault, exchange.gone, (failure) => {
      const [name, message] = failures[failure];
      return errorOf(fault?.name ?? name ?? service.throttled, message);
    });
    service.admit?.(operation.name);
    const call = { json: bodyOf(exchange, errorOf), labels, query: exchange.query };
    const answer = operation.run(call, parts);
    if (fault?.kind === "lostAnswer") {
      exchange.cut();
    } else {
      exchange.sendJson(operation.status, answer, headers);
    }
  } catch (error) {
    const known =
      error instanceof RestError ? error : errorOf("InternalServerException", "aws-local failed.");
    const { name, message, reason, httpStatus } = known;
    const body = { message, ...(reason === undefined ? {} : { reason }) };
    exchange.sendJson(httpStatus, body, { ...headers, "x-amzn-errortype": name });
    if (known !== error) {
      throw error;
    }
  }
}

const failures: Record<Failure, readonly [name: SharedErrorName | undefined, message: string]> = {
  throttle: [undefined, "Rate exceeded"],
  error: ["InternalServerException", "An internal error occurred."],
  unavailable: ["ServiceUnavailableException", "The service is unavailable."],
  timeout: ["InternalServerException", "The caller left before any answer."],
};

/** The value as the schema reads it; throws what `invalid` makes of the first member at fault. */
export function checked<T>(schema: z.ZodType<T>, json: unknown, invalid: (message: string) => Error): T {
  const result = schema.safeParse(json);
  if (result.success) {
    return result.data;
  }
  const [issue] = result.error.issues;
  throw invalid(`${(issue?.path ?? []).join(".")}: ${issue?.message}`);
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)").replace(/\/$/, "/?")}$`);
}

function find<Parts, Name extends string>(
  exchange: Exchange,
  { operations, errorOf }: RestService<Parts, Name>,
) {
  try {
    const found = operations.find(exchange);
    if (found) {
      return found;
    }
  } catch {
    throw errorOf("ValidationException", "The path is not percent-encoded as it should be.");
  }
  throw errorOf("ResourceNotFoundException", `aws-local does not serve ${exchange.method} ${exchange.path}.`);
}

/** An empty body is an empty object. */
function bodyOf({ body }: Exchange, errorOf: RestService<never, never>["errorOf"]): unknown {
  try {
    return JSON.parse(body.toString() || "{}");
  } catch {
    throw errorOf("ValidationException", "The body is not JSON.", "CannotParse");
  }
}
