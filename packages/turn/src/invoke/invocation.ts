/** InvokeModel as a turn's operation: a vendor's own body, passed on byte for byte once its cost is bounded. */
import { type Model, type Refusal, refusal } from "@caprock/domain";
import {
  type ChunkFrame,
  hourWrites,
  type InvokeAnswer,
  invocationTier,
  reportedByChunk,
  vendorBodyOf,
} from "@caprock/inference";
import type { UnitCounts } from "@caprock/metering";
import { checkMetadata } from "../check-request.ts";
import type { Doubt, OpenedStream, Operation, PlannedCall, PlanOptions, Sending } from "../operation.ts";
import { type BoundedBody, boundBody } from "./bound-body.ts";
import { readGeneratedText } from "./generated-text.ts";
import { metadataHeader } from "./metadata-header.ts";
import { parseJson, tellUse } from "./tell-use.ts";

/** What a caller of InvokeModel sent. */
export interface InvocationRequest {
  /** The body as it came, and what it says. */
  readonly bytes: Uint8Array;
  readonly body: unknown;
  /** Headers that are passed on, names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The tier that is asked for; it is one of the headers as well. */
  readonly serviceTier: string;
  readonly requestMetadata: Readonly<Record<string, string>>;
}

/** The answer is the vendor's, with Bedrock's headers; a stream's frames are passed as they come. */
export function invocation(request: InvocationRequest): Operation<InvokeAnswer, ChunkFrame> {
  return { portable: false, plan: (model, how) => plan(request, model, how) };
}

function plan(
  request: InvocationRequest,
  model: Model,
  { streamed }: PlanOptions,
): PlannedCall<InvokeAnswer, ChunkFrame> | Refusal {
  const vendor = vendorBodyOf(model);
  if ("refused" in vendor) {
    return vendor;
  }
  const reserved = checkMetadata(request);
  if (reserved) {
    return reserved;
  }
  if (streamed && !vendor.streams) {
    return refusal({
      code: "unsupported_by_model",
      message: `Model "${model.id}" does not stream; use InvokeModel.`,
      param: "model",
    });
  }
  const bounded = boundBody(request, model);
  if ("refused" in bounded) {
    return bounded;
  }
  const { bounds } = bounded;
  return {
    serviceTier: request.serviceTier,
    bounds,
    get promptTokens() {
      return bounded.promptTokens();
    },
    send: (sending) => send(request, bounded, sending, model),
    stream: (sending) => stream(request, bounded, sending),
  };
}

/** Headers to send: the caller's, and Caprock's own metadata with theirs. */
function headersFor(
  { headers, requestMetadata }: InvocationRequest,
  units: UnitCounts,
  { metadata }: Sending,
): Record<string, string> {
  return { ...headers, ...metadataHeader({ ...requestMetadata, ...metadata }, units) };
}

async function send(
  request: InvocationRequest,
  { bounds, promptTokens }: BoundedBody,
  sending: Sending,
  model: Model,
): Promise<InvokeAnswer> {
  const { bedrock, invokeId, signal, told } = sending;
  const answer = await bedrock.invokeModel({
    invokeId,
    body: request.bytes,
    headers: headersFor(request, bounds.units, sending),
    signal,
  });
  tellUse(answer, { units: bounds.units, promptTokens, model, told });
  return answer;
}

async function stream(
  request: InvocationRequest,
  { bounds, promptTokens }: BoundedBody,
  sending: Sending,
): Promise<OpenedStream<ChunkFrame>> {
  const { bedrock, invokeId, signal, told } = sending;
  const { headers, frames } = await bedrock.invokeModelStream({
    invokeId,
    body: request.bytes,
    headers: headersFor(request, bounds.units, sending),
    signal,
  });
  const doubt: Doubt = {
    hasBegun: true,
    get promptTokens() {
      return promptTokens();
    },
  };
  told.inDoubt(doubt);
  const serviceTier = invocationTier(headers);
  let writtenForAnHour = 0;
  return {
    headers,
    frames,
    // Not every vendor's last chunk is known to carry Bedrock's counts.
    alwaysTells: false,
    read(batch, told) {
      for (const { type, event } of batch) {
        if (type === "chunk" && typeof event.bytes === "string") {
          const chunk = parseJson(Buffer.from(event.bytes, "base64"));
          writtenForAnHour ||= hourWrites(chunk);
          const text = readGeneratedText(chunk);
          told.generated(text, Buffer.byteLength(text));
          const usage = reportedByChunk(chunk, writtenForAnHour);
          if (usage) {
            told.used({ usage, serviceTier }, doubt);
          }
        }
      }
    },
  };
}
