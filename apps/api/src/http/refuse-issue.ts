/** Says which member of what a caller sent is wrong, by the first issue that its schema found. */
import { type Refusal, refusal } from "@caprock/domain";
import type { z } from "zod";

/** Refuses with `invalid_request`. `whole` names what was sent, for an issue of no member: "The body". */
export function refuseIssue({ issues: [issue] }: z.ZodError, whole: string): Refusal {
  const param = issue?.path.map(String).join(".") ?? "";
  return refusal({
    code: "invalid_request",
    message: `${param === "" ? whole : param}: ${issue?.message ?? "is wrong"}.`,
    ...(param === "" ? {} : { param }),
  });
}
