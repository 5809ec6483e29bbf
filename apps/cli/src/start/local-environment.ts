/** The environment of the processes of a local platform. */
import { localAwsEnvironment } from "@caprock/platform";

/** `undefined` removes a variable. */
export function localEnvironment(awsLocalUrl: string): Record<string, string | undefined> {
  return {
    ...localAwsEnvironment(awsLocalUrl),
    CAPROCK_TABLE_PREFIX: "caprock-local",
    CAPROCK_TURN_BODIES_BUCKET: "caprock-local-turn-bodies",
    CAPROCK_INVOCATION_LOG_BUCKET: "caprock-local-invocation-log",
    CAPROCK_INVOCATION_LOG_PREFIX: undefined,
    CAPROCK_MEMORY_ID: undefined,
    CAPROCK_MEMORY_QUEUE_URL: undefined,
    CAPROCK_METRICS: "cloudwatch",
    CAPROCK_METRICS_CARDINALITY: "all",
    CAPROCK_METRICS_TOP_TENANTS: undefined,
  };
}
