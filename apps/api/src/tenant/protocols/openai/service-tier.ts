/** OpenAI's service tiers as Bedrock's. */
import { z } from "zod";
import type { ConverseBody } from "../converse-json.ts";

export const serviceTier = z.enum(["auto", "default", "priority", "flex"], {
  error: '"auto", "default", "priority" or "flex"',
});

export type ServiceTier = z.output<typeof serviceTier>;

/** `auto` leaves the choice to Bedrock, whose own is the default tier. */
export function toServiceTier(tier: ServiceTier | null | undefined): Pick<ConverseBody, "serviceTier"> {
  return tier === "priority" || tier === "flex" ? { serviceTier: { type: tier } } : {};
}

/** The tier that served a call, in OpenAI's words; "scale" is capacity that was bought. Nothing for one it has no word for. */
export function toldServiceTier(told: { readonly type: string } | undefined): {
  readonly service_tier?: "default" | "priority" | "flex" | "scale";
} {
  switch (told?.type) {
    case "default":
    case "priority":
    case "flex":
      return { service_tier: told.type };
    case "reserved":
      return { service_tier: "scale" };
    default:
      return {};
  }
}
