/** Nova's body, near to Converse's (AWS: "Complete request schema"); its default limit is "dynamic", so one is required. */
import { chatBounds, type Media, membersOf, readLimit, type VendorBody } from "./vendor-body.ts";

export const novaBody: VendorBody = {
  streams: true,
  ownLimits: ["maxTokens", "max_new_tokens"],
  nestedIn: "inferenceConfig",
  callersTool: (type) => type === undefined,
  media,
  bound(body, model) {
    const { maxTokens, max_new_tokens } = membersOf(body.inferenceConfig);
    if (max_new_tokens === undefined) {
      return chatBounds(readLimit(maxTokens, "inferenceConfig.maxTokens", model));
    }
    const older = readLimit(max_new_tokens, "inferenceConfig.max_new_tokens", model);
    if (maxTokens === undefined || typeof older !== "number") {
      return chatBounds(older);
    }
    const newer = readLimit(maxTokens, "inferenceConfig.maxTokens", model);
    // Which of the two holds is not documented.
    return chatBounds(typeof newer === "number" ? Math.max(older, newer) : newer);
  },
};

function media(name: string, value: unknown): Media | undefined {
  const { bytes } = membersOf(membersOf(value).source);
  const payload = typeof bytes === "string" ? { payload: bytes } : {};
  if (name === "image" && bytes !== undefined) {
    return { kind: "image", ...payload };
  }
  return (name === "video" || name === "audio" || name === "document") && typeof value === "object"
    ? { kind: "opaque", ...payload }
    : undefined;
}
