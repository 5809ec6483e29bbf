/** The refusal of a value that the schema let through and the mapping cannot take. */
import { type Refusal, refusal } from "@caprock/domain";

/** `param` is the member at fault as the caller wrote it; `message` says what it is and what it must be. */
export function refuseInvalid(param: string, message: string): Refusal {
  return refusal({ code: "invalid_request", message, param });
}
