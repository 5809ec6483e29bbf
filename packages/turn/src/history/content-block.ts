/** Reads blocks of messages whose kinds are Bedrock's own, and not all known here. */
import type { TurnMessage } from "@caprock/memory";

/** An object with one member, which names its kind. */
export type ContentBlock = TurnMessage["content"][number];

/** The members of whatever stands there; none where it is no object. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
