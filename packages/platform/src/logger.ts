/** Structured logs on stdout. Prompts, answers, keys and tokens are never passed to it. */
import { type DestinationStream, type Logger as PinoLogger, pino } from "pino";

export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly service: string;
  readonly level: string;
  /** Where lines go; stdout unless told. */
  readonly destination?: DestinationStream;
}

/** Makes a process's logger: one JSON object a line, level as a word. */
export function createLogger({ service, level, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { service },
      messageKey: "message",
      formatters: { level: (label) => ({ level: label }) },
      redact: ["authorization", "apiKey", "token", "headers", "*.authorization", "*.apiKey", "*.token"],
      // An error from a dependency may quote the request it was given: log what it is, not what it says.
      serializers: { err: (error: unknown) => describeError(error) },
      hooks: {
        // Without a message pino takes the error's own text for one.
        logMethod([subject, message, ...rest], method) {
          const named = subject instanceof Error ? { err: subject } : subject;
          method.apply(this, [named, message ?? (hasError(named) ? "failed" : undefined), ...rest]);
        },
      },
    },
    destination,
  );
}

function hasError(subject: unknown): boolean {
  return typeof subject === "object" && subject !== null && "err" in subject;
}

/** What may be logged of an error: its class, code, HTTP status and where it was thrown, never its text. */
export function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) {
    return { type: typeof error };
  }
  const { code, $metadata } = error as { code?: unknown; $metadata?: { httpStatusCode?: number } };
  return {
    type: error.name,
    ...(typeof code === "string" ? { code } : {}),
    ...($metadata?.httpStatusCode ? { httpStatus: $metadata.httpStatusCode } : {}),
    at: error.stack
      ?.split("\n")
      .filter((line) => /^\s+at /.test(line))
      .slice(0, 4)
      .map((line) => line.trim()),
    ...(error.cause === undefined ? {} : { cause: describeError(error.cause) }),
  };
}
