/** Llama's body (AWS: "Meta Llama models"): a prompt as text, and a limit that is 512 tokens where none is set. */
import { chatBounds, type Media, noTools, readLimit, type VendorBody } from "./vendor-body.ts";

/** "max_gen_len: default 512" in AWS's table of Llama's inference parameters. */
const defaultMaxGenLen = 512;

export const llamaBody: VendorBody = {
  streams: true,
  ownLimits: ["max_gen_len"],
  callersTool: noTools,
  media,
  bound: ({ max_gen_len }, model) =>
    chatBounds(readLimit(max_gen_len ?? defaultMaxGenLen, "max_gen_len", model)),
};

/** `images`: base64 texts (Llama 3.2 and later). */
function media(name: string, value: unknown): Media | undefined {
  return name === "images" && typeof value === "string" ? { kind: "image", payload: value } : undefined;
}
