/** The one way in which the platform's limits are changed: read, told, written if nobody was faster. */
import { CaprockError, type PlatformLimits, type Refusal } from "@caprock/domain";
import { platformChain } from "./audit-chain.ts";
import { liveOverrides } from "./overrides.ts";
import { type ChangeParts, recordChange, type ToldChange } from "./record-change.ts";
import type { PlatformLimitsStore } from "./stores.ts";

export interface PlatformEditParts extends ChangeParts {
  readonly platformLimits: PlatformLimitsStore;
}

/** What the limits are to be, and what is told of it. */
export interface PlatformEdit {
  readonly changed: PlatformLimits;
  readonly told: ToldChange;
}

const attempts = 5;

/** Applies an edit as `editTenant` does, over whatever the platform's limits are at that moment. */
export async function editPlatformLimits<Edit extends PlatformEdit>(
  edit: (current: PlatformLimits, nowMs: number) => Edit | Refusal,
  parts: PlatformEditParts,
): Promise<Edit | Refusal> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const stored = await parts.platformLimits.read();
    const nowMs = parts.clock.now();
    const edited = edit({ ...stored, overrides: liveOverrides(stored.overrides, nowMs) }, nowMs);
    if ("refused" in edited) {
      return edited;
    }
    const version = stored.version + 1;
    const changed = { ...edited.changed, version };
    const { told } = edited;
    await recordChange(platformChain, { ...told, change: { ...told.change, version } }, parts);
    if (await parts.platformLimits.replace(changed)) {
      return { ...edited, changed };
    }
  }
  throw new CaprockError({
    code: "conflict",
    message: "The platform's limits are being changed by others. Try again.",
  });
}
