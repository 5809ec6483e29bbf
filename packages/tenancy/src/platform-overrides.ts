/** Gives one of the platform's limits another amount for a while, or ends that. */
import type { LimitOverride, PlatformLimits, Refusal } from "@caprock/domain";
import { editPlatformLimits, type PlatformEditParts } from "./edit-platform-limits.ts";
import {
  type NewOverride,
  type OverrideEdit,
  unitsOfPlatform,
  withOverride,
  withoutOverride,
} from "./overrides.ts";

/** An override that came or went, and the platform's limits after that. */
export interface PlatformOverride {
  readonly limits: PlatformLimits;
  readonly override: LimitOverride;
}

/** As `addOverride` does for a tenant. Refuses with `invalid_request`. */
export function addPlatformOverride(
  wanted: NewOverride,
  parts: PlatformEditParts,
): Promise<PlatformOverride | Refusal> {
  const { random, actor: author } = parts;
  return editOverrides(
    (limits, nowMs) =>
      withOverride(limits.overrides, wanted, unitsOfPlatform(limits), { nowMs, random, author }),
    parts,
  );
}

/** As `endOverride` does for a tenant. Refuses with `not_found`. */
export function endPlatformOverride(
  overrideId: string,
  parts: PlatformEditParts,
): Promise<PlatformOverride | Refusal> {
  return editOverrides(({ overrides }) => withoutOverride(overrides, overrideId), parts);
}

async function editOverrides(
  edit: (limits: PlatformLimits, nowMs: number) => OverrideEdit | Refusal,
  parts: PlatformEditParts,
): Promise<PlatformOverride | Refusal> {
  const edited = await editPlatformLimits((current, nowMs) => {
    const one = edit(current, nowMs);
    return "refused" in one ? one : { ...one, changed: { ...current, overrides: one.overrides } };
  }, parts);
  return "refused" in edited ? edited : { limits: edited.changed, override: edited.override };
}
