/** Reads a request of InvokeModel: its headers, and the body by the model it is for. */
import { AwsError } from "../../aws-error.ts";
import type { Exchange } from "../../exchange.ts";
import { type ConverseRequest, converseRequest } from "../converse-request.ts";
import { parseBody } from "../validate.ts";
import { familyOf, type ModelFamily } from "./model-family.ts";

export interface AskedInvoke {
  readonly family: ModelFamily;
  /** The body as the Converse request that it means; without messages for a model that does not chat. */
  readonly request: ConverseRequest;
}

export function readInvoke(exchange: Exchange, modelId: string): AskedInvoke {
  const tier = exchange.headers["x-amzn-bedrock-service-tier"];
  return readVendorBody(exchange.body, modelId, {
    requestMetadata: metadataOf(exchange.headers["x-amzn-bedrock-request-metadata"]),
    ...(tier === undefined ? {} : { serviceTier: { type: tier } }),
  });
}

/** A body alone, with what was said of it elsewhere. */
export function readVendorBody(body: Buffer, modelId: string, said: object = {}): AskedInvoke {
  const family = familyOf(modelId);
  const read = { ...(family.kind === "chat" ? Object(family.dialect.read(body)) : {}), ...said };
  return { family, request: parseBody(converseRequest, Buffer.from(JSON.stringify(read))) };
}

function metadataOf(header: string | string[] | undefined): unknown {
  try {
    return header === undefined ? {} : JSON.parse(String(header));
  } catch {
    throw new AwsError("ValidationException", "The request metadata is not JSON.");
  }
}
