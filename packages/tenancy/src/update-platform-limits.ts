/** Changes the platform's own limits, over all tenants together. */
import { type PlatformLimits, type Refusal, refusal } from "@caprock/domain";
import { checkLimitRules } from "./check-limit-rules.ts";
import { editPlatformLimits, type PlatformEditParts } from "./edit-platform-limits.ts";
import { unitsOfPlatform, withoutGoneLimits } from "./overrides.ts";

/** All rules as they are to be, and the version that was read: 0 when there were none. */
export type PlatformChange = Pick<PlatformLimits, "rules" | "timeZone" | "version">;

/**
 * Replaces the rules as a whole. Processes that serve calls know of it within the age that their copy may have.
 * In another time zone the present day, week and month keep what they have counted under their name. Refuses with
 * `invalid_request`, or with `conflict` when another version is the present one.
 */
export async function updatePlatformLimits(
  { rules, timeZone, version: seen }: PlatformChange,
  parts: PlatformEditParts,
): Promise<PlatformLimits | Refusal> {
  const wrong = checkLimitRules(rules, "platform");
  if (wrong) {
    return wrong;
  }
  const edit = await editPlatformLimits((current) => {
    if (seen !== current.version) {
      return refusal({
        code: "conflict",
        message: `The limits are at version ${current.version}; version ${seen} was changed. Read them again.`,
        param: "version",
      });
    }
    const overrides = withoutGoneLimits(
      current.overrides,
      unitsOfPlatform(current),
      unitsOfPlatform({ rules }),
    );
    return {
      changed: { ...current, rules, timeZone, overrides },
      told: { action: "platform.limits", target: "limits", change: { rules, timeZone } },
    };
  }, parts);
  return "refused" in edit ? edit : edit.changed;
}
