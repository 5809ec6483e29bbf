/** Says in words what went wrong with a call to the admin API. */
import { AdminApiError } from "@caprock/contract";

/** True when the API does not accept the token (any more). */
export function isUnauthorized(error: unknown): boolean {
  return error instanceof AdminApiError && error.status === 401;
}

/** True when asking again may help: the API was not reached, or failed on its side. */
export function mayPass(error: unknown): boolean {
  return !(error instanceof AdminApiError) || error.status >= 500;
}

/** One sentence for the person in front of the screen. */
export function messageOf(error: unknown): string {
  if (!(error instanceof AdminApiError) || (error.status >= 500 && error.code === "unreadable_answer")) {
    return "The Caprock API did not answer. Check that it is running.";
  }
  return error.message;
}

/** The code by which the API names the failure; undefined when it did not answer in its own words. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof AdminApiError && error.code !== "unreadable_answer" ? error.code : undefined;
}

/** Which member of the body the API refused, if it named one: "name" of "/name" and of "body.name". */
export function refusedMember(error: unknown): string | undefined {
  const param = error instanceof AdminApiError ? error.param : undefined;
  return param?.split(/[/.]/).filter((part) => part !== "" && part !== "body")[0];
}
