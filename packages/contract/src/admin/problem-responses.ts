/** The error answers that routes of the admin API share. */
import { problem } from "../wire-types.ts";
import { json } from "./json-body.ts";

const descriptions = {
  400: "The request is wrong; the message names the member",
  401: "No admin token, or a wrong one",
  404: "No such resource",
  409: "Its state does not allow this, or someone else changed it at the same time",
} as const;

type Status = keyof typeof descriptions;
type ProblemResponse = { content: { "application/json": { schema: typeof problem } }; description: string };

/** Response definitions for the given error statuses. */
export function problemResponses<S extends Status>(...statuses: S[]): Record<S, ProblemResponse> {
  const responses = {} as Record<S, ProblemResponse>;
  for (const status of statuses) {
    responses[status] = json(problem, descriptions[status]);
  }
  return responses;
}
