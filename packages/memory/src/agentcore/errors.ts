/** AgentCore's failures as CaprockErrors. */
import type { CaprockError } from "@caprock/domain";
import { awsFailure } from "../aws-failure.ts";

export function memoryFailure(error: unknown): CaprockError {
  return awsFailure("Long-term memory", error);
}
