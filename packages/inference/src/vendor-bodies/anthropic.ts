/** Claude's Messages body (AWS: "Anthropic Claude Messages API"); `max_tokens` is required there too. */
import { chatBounds, type Media, membersOf, readLimit, type VendorBody } from "./vendor-body.ts";

/** Tools that the caller runs and Anthropic only defines; others (web search, code execution) are billed by use. */
const definedTool = /^(bash|computer|memory|text_editor)_/;

export const anthropicBody: VendorBody = {
  streams: true,
  ownLimits: ["max_tokens"],
  callersTool: (type) =>
    type === undefined || type === "custom" || (typeof type === "string" && definedTool.test(type)),
  media,
  bound: ({ max_tokens }, model) => chatBounds(readLimit(max_tokens, "max_tokens", model)),
};

function media(name: string, value: unknown): Media | undefined {
  if (name !== "source") {
    return undefined;
  }
  const { type, media_type, data } = membersOf(value);
  if (type === "base64" && typeof data === "string") {
    const isImage = typeof media_type === "string" && media_type.startsWith("image/");
    return { kind: isImage ? "image" : "opaque", payload: data };
  }
  return type === "url" || type === "file" ? { kind: "opaque" } : undefined;
}
