/** The SDKs that tenants have, as a tenant sets them up: an address and a key. */
import { BedrockRuntimeClient, type ConverseStreamOutput } from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import OpenAI from "openai";
import type { TestTenant } from "./start-platform.ts";

export function openAiClient(url: string, { apiKey }: Pick<TestTenant, "apiKey">): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey });
}

/** HTTP/2 as the SDK makes it, unless told otherwise. */
export function bedrockClient(
  url: string,
  { apiKey }: Pick<TestTenant, "apiKey">,
  { http1 = false, maxAttempts = 3 }: { readonly http1?: boolean; readonly maxAttempts?: number } = {},
): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint: url,
    region: "us-east-1",
    token: { token: apiKey },
    authSchemePreference: ["httpBearerAuth"],
    maxAttempts,
    ...(http1 ? { requestHandler: new NodeHttpHandler({ httpAgent: { maxSockets: 300 } }) } : {}),
  });
}

/** Signs its requests as AWS does, with the access key pair of the tenant's key. */
export function signingBedrockClient(
  url: string,
  { accessKey }: Pick<TestTenant, "accessKey">,
  { http1 = false }: { readonly http1?: boolean } = {},
): BedrockRuntimeClient {
  return new BedrockRuntimeClient({
    endpoint: url,
    region: "us-east-1",
    credentials: accessKey,
    maxAttempts: 1,
    ...(http1 ? { requestHandler: new NodeHttpHandler() } : {}),
  });
}

/** What a stream said, and the usage it ended with. */
export async function readStream(stream: AsyncIterable<ConverseStreamOutput> | undefined) {
  let text = "";
  let stopReason: string | undefined;
  let usage: { inputTokens?: number | undefined; outputTokens?: number | undefined } | undefined;
  for await (const event of stream ?? []) {
    text += event.contentBlockDelta?.delta?.text ?? "";
    stopReason = event.messageStop?.stopReason ?? stopReason;
    usage = event.metadata?.usage ?? usage;
  }
  return { text, stopReason, usage };
}
