/** Replaces by which rules an owner's alerts are raised: read, told, written if nobody was faster. */
import type { AlertRulesInput } from "@caprock/contract";
import { CaprockError, type Refusal, refusal } from "@caprock/domain";
import type { AlertOwner, OwnAlertRules } from "@caprock/metering";
import { type ChangeParts, recordChange } from "@caprock/tenancy";
import type { AdminParts } from "./admin-parts.ts";
import { alertRulesFromInput } from "./alert-views.ts";

const attempts = 5;

/**
 * Each try is told with the version that it makes, so that of two entries with one version only one took effect. Refuses
 * with `conflict` where the input names a version that is not the present one; throws `conflict` when others were
 * faster five times over.
 */
export async function replaceAlertRules(
  owner: AlertOwner,
  { version: seen, ...input }: AlertRulesInput,
  { alertRules, ...changing }: Pick<AdminParts["watch"], "alertRules"> & ChangeParts,
): Promise<OwnAlertRules | Refusal> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const present = (await alertRules.read(owner))?.version ?? 0;
    if (seen !== undefined && seen !== present) {
      return refusal({
        code: "conflict",
        message: `The rules are at version ${present}; version ${seen} was changed. Read them again.`,
        param: "version",
      });
    }
    const rules = { ...alertRulesFromInput(input), version: present + 1 };
    await recordChange(owner, { action: "alerts.rules", target: owner, change: rules }, changing);
    if (await alertRules.replace(owner, rules)) {
      return rules;
    }
  }
  throw new CaprockError({ code: "conflict", message: "The rules are being changed by others. Try again." });
}
