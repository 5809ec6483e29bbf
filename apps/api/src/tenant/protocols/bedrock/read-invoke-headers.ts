/** Reads what InvokeModel takes in headers: what is passed on, what Caprock adds to, and what has no price. */
import { type Refusal, refusal } from "@caprock/domain";
import type { InvocationRequest } from "@caprock/turn";
import { z } from "zod";
import { contextPolicyHeaderName, contextReportWishName } from "../../context-headers.ts";

type InvokeHeaders = Pick<InvocationRequest, "headers" | "serviceTier" | "requestMetadata">;

/** Passed on as they are (Bedrock Runtime API reference, InvokeModel and InvokeModelWithResponseStream). */
const passed = [
  "accept",
  "content-type",
  "x-amzn-bedrock-accept",
  "x-amzn-bedrock-performanceconfig-latency",
  "x-amzn-bedrock-service-tier",
  "x-amzn-bedrock-trace",
];

/** Read here, and sent with Caprock's own entries. */
const metadataHeader = "x-amzn-bedrock-request-metadata";

const metadata = z.record(z.string(), z.string());

/** They ask for what is done with chats alone. */
const ofChats = [contextPolicyHeaderName, contextReportWishName];

/** Refuses with `unsupported_parameter` and `invalid_request`; `param` is the header. */
export function readInvokeHeaders(headers: Headers): InvokeHeaders | Refusal {
  const ofChat = ofChats.find((name) => headers.has(name));
  if (ofChat !== undefined) {
    return unsupported(ofChat, "a vendor's body is passed on as it is, and fitted into no window");
  }
  for (const name of headers.keys()) {
    if (name.startsWith("x-amzn-bedrock-") && name !== metadataHeader && !passed.includes(name)) {
      return unsupported(
        name,
        name.includes("guardrail")
          ? "what a guardrail is billed stands in a trace that would change the body; use Converse with guardrailConfig"
          : "it is not known here",
      );
    }
  }
  if ((headers.get("x-amzn-bedrock-performanceconfig-latency") ?? "standard") !== "standard") {
    return unsupported(
      "x-amzn-bedrock-performanceconfig-latency",
      "only the standard latency has a price here",
    );
  }
  const requestMetadata = readMetadata(headers.get(metadataHeader));
  if (requestMetadata === undefined) {
    return refusal({
      code: "invalid_request",
      message: `${metadataHeader}: must be a JSON object whose values are texts.`,
      param: metadataHeader,
    });
  }
  return {
    headers: Object.fromEntries(
      passed.flatMap((name) => {
        const value = headers.get(name);
        return value === null ? [] : [[name, value]];
      }),
    ),
    serviceTier: headers.get("x-amzn-bedrock-service-tier") ?? "default",
    requestMetadata,
  };
}

function readMetadata(text: string | null): Record<string, string> | undefined {
  if (text === null) {
    return {};
  }
  try {
    return metadata.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function unsupported(param: string, reason: string): Refusal {
  return refusal({ code: "unsupported_parameter", message: `${param} cannot be used: ${reason}.`, param });
}
