/** Where Bedrock's invocation log is, whoever made it, and how a function is told. */
import type { apiSettings } from "@caprock/platform";
import type { EnvironmentOf } from "../environment.ts";
import type { Stage } from "../stages/stage.ts";

export interface InvocationLogLocation {
  readonly bucketName: string;
  readonly bucketArn: string;
  /** Bedrock's key prefix, without a slash at its end; absent when its keys begin with `AWSLogs/`. */
  readonly prefix?: string;
}

/** The log that a stage found there already; undefined when it names none. */
export function existingLocation({ existingInvocationLog }: Stage): InvocationLogLocation | undefined {
  return (
    existingInvocationLog && {
      ...existingInvocationLog,
      bucketArn: `arn:aws:s3:::${existingInvocationLog.bucketName}`,
    }
  );
}

type LocationSettings = Pick<
  EnvironmentOf<typeof apiSettings>,
  "CAPROCK_INVOCATION_LOG_BUCKET" | "CAPROCK_INVOCATION_LOG_PREFIX"
>;

/**
 * Both functions need it: the worker reads the log, and the API leaves the calls that it could not measure to
 * the worker only when it knows that there is one.
 */
export function locationSettings(location: InvocationLogLocation | undefined): LocationSettings {
  return {
    ...(location ? { CAPROCK_INVOCATION_LOG_BUCKET: location.bucketName } : {}),
    ...(location?.prefix ? { CAPROCK_INVOCATION_LOG_PREFIX: location.prefix } : {}),
  };
}
