/** What a tenant's form holds, and which mistakes it points out before the API is asked. */

import { messageOf, refusedMember } from "../api/failures.ts";
import { typedUsd } from "../limits/typed-amount.ts";
import type { PlacedRefusal } from "../ui/refusal.ts";

export interface TenantFormValues {
  readonly name: string;
  /** As typed, without the dollar sign: "1,250.50". */
  readonly monthlyCapUsd: string;
  readonly requestsPerMinute: string | number;
}

/** Per field: what is wrong with it, or null. The API remains the judge; this only saves a round trip. */
export const tenantFormRules = {
  name: (value: string) => (value.trim() === "" ? "Give the tenant a name" : null),
  monthlyCapUsd: (value: string) =>
    /^\d{1,10}(\.\d{1,9})?$/.test(typedUsd(value)) ? null : "An amount such as 50 or 49.99",
  requestsPerMinute: (value: string | number) =>
    Number.isInteger(Number(value)) && Number(value) >= 1 && Number(value) <= 1_000_000
      ? null
      : "A whole number from 1 to 1,000,000",
};

/** Where to show the API's refusal: at the field it names, else under the form. */
export function placeRefusal(error: unknown, fields: readonly string[]): PlacedRefusal {
  const member = refusedMember(error);
  const message = messageOf(error);
  return member !== undefined && fields.includes(member) ? { field: member, message } : { message };
}
