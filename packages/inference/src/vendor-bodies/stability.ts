/** Stability's body (AWS: "Stable Image Ultra request and response"): one image a call, billed by the image. */
import { noTools, type VendorBody } from "./vendor-body.ts";

export const stabilityBody: VendorBody = {
  streams: false,
  ownLimits: [],
  callersTool: noTools,
  media: (name, value) =>
    name === "image" && typeof value === "string" ? { kind: "image", payload: value } : undefined,
  bound: () => ({ maxOutputTokens: 0, prompts: 0, units: { image: 1 } }),
};
