/** Bedrock Runtime: takes a call, refuses it as AWS would or runs the model, and records what it used. */
import { AwsError, type AwsFailures, knownError, sendError, strikeAws } from "../aws-error.ts";
import type { Profiles } from "../bedrock-control/profiles.ts";
import type { Exchange } from "../exchange.ts";
import type { BedrockFault, Faults } from "../faults.ts";
import type { Gate } from "../gate.ts";
import { newId, nowMs } from "../system.ts";
import type { ServedInvocation, Witness } from "../witness.ts";
import { answerConverse } from "./converse.ts";
import { type ConverseRequest, converseRequest, countTokensRequest } from "./converse-request.ts";
import { answerConverseStream } from "./converse-stream.ts";
import { promptPieces, promptTokens } from "./count-prompt.ts";
import { blocked } from "./guarded-chat.ts";
import { type CallIdentity, Invocation, type InvocationStatus } from "./invocation.ts";
import { answerInvoke, answerInvokeStream } from "./invoke/answer-chat.ts";
import { answerMade } from "./invoke/answer-made.ts";
import { type AskedInvoke, readInvoke, readVendorBody } from "./invoke/read-invoke.ts";
import { simulatedVector } from "./invoke/simulated-vector.ts";
import type { ModelEvent } from "./model-event.ts";
import { findModel, type LocalModel } from "./models.ts";
import { pace, type Speed } from "./pace.ts";
import type { PromptCache } from "./prompt-cache.ts";
import { realEmbeddings } from "./real-embeddings.ts";
import { askRealModel, type RealModelOptions } from "./real-model.ts";
import { simulate } from "./simulate.ts";
import { parseBody, validateConversation } from "./validate.ts";

export interface BedrockParts {
  readonly profiles: Pick<Profiles, "sourceOf">;
  /** The models that exist; any id does when absent. */
  readonly models: readonly LocalModel[] | undefined;
  /** Answers instead of the simulation when present. */
  readonly realModel: RealModelOptions | undefined;
  readonly cache: PromptCache;
  readonly faults: Faults;
  readonly gate: Gate;
  readonly witness: Witness;
  readonly speed: () => Speed;
  /** Told of every invocation when it has ended. */
  readonly log: (invocation: ServedInvocation) => void;
}

const operations = {
  converse: "Converse",
  "converse-stream": "ConverseStream",
  "count-tokens": "CountTokens",
  invoke: "InvokeModel",
  "invoke-with-response-stream": "InvokeModelWithResponseStream",
} as const;
const noPrompt = { input: 0, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
const path = /^\/model\/([^/]+)\/(converse|converse-stream|count-tokens|invoke|invoke-with-response-stream)$/;

/** Answers one request under /model/. */
export async function serveBedrock(exchange: Exchange, parts: BedrockParts): Promise<void> {
  const requestId = newId();
  let identity: CallIdentity = { requestId };
  try {
    const [, encodedId = "", verb] = path.exec(exchange.path) ?? [];
    if (exchange.method !== "POST" || verb === undefined) {
      throw new AwsError(
        "UnknownOperationException",
        "aws-local serves converse, converse-stream, invoke, invoke-with-response-stream and count-tokens.",
      );
    }
    const operation = operations[verb as keyof typeof operations];
    requireAuthorization(exchange);
    const calledId = decode(encodedId);
    const model = findModel(parts.models, parts.profiles.sourceOf(calledId) ?? "");
    if (operation === "CountTokens") {
      return sendTokenCount(exchange, model, requestId);
    }
    if (operation === "InvokeModel" || operation === "InvokeModelWithResponseStream") {
      const asked = readInvoke(exchange, model.id);
      identity = identityOf(requestId, calledId, asked.request);
      await serveInvoke(exchange, parts, model, operation, asked, identity);
      return;
    }
    const request = parseBody(converseRequest, exchange.body);
    identity = identityOf(requestId, calledId, request);
    const answer = operation === "Converse" ? answerConverse : answerConverseStream;
    await serveChat(exchange, parts, model, operation, request, identity, answer);
  } catch (error) {
    parts.witness.refused({ ...identity, error: knownError(error).name });
    sendError(exchange, error, requestId);
  }
}

function identityOf(requestId: string, calledId: string, { requestMetadata }: ConverseRequest): CallIdentity {
  return {
    requestId,
    calledId,
    tenant: requestMetadata?.caprock_tenant,
    caprockRequest: requestMetadata?.caprock_request,
  };
}

async function serveInvoke(
  exchange: Exchange,
  parts: BedrockParts,
  model: LocalModel,
  operation: "InvokeModel" | "InvokeModelWithResponseStream",
  { family, request }: AskedInvoke,
  identity: CallIdentity,
): Promise<void> {
  if (family.kind === "chat") {
    const answer = operation === "InvokeModel" ? answerInvoke : answerInvokeStream;
    await serveChat(exchange, parts, model, operation, request, identity, (...call) =>
      answer(family.dialect, ...call),
    );
    return;
  }
  if (operation !== "InvokeModel") {
    throw new AwsError("ValidationException", "The model is unsupported for streaming.");
  }
  const made = await family.maker.make(exchange.body, async (texts, dimensions) => {
    const real =
      parts.realModel && (await realEmbeddings(parts.realModel, model.id, texts, dimensions, exchange.gone));
    return real ?? { vectors: texts.map((text) => simulatedVector(text, dimensions)), tokens: undefined };
  });
  const fault = parts.faults.takeBedrock(operation, identity.tenant);
  await strikeAws(fault, exchange.gone, failures);
  const usage = { input: made.inputTokens, cacheRead: 0, cacheWrite5m: 0, cacheWrite1h: 0 };
  const invocation = new Invocation(identity, operation, model.id, request, usage);
  invocation.units = made.units;
  let status: InvocationStatus = "failed";
  try {
    await parts.gate.pass(exchange.gone);
    status = answerMade(exchange, invocation, made, fault);
  } finally {
    const record = invocation.record(exchange.gone.aborted && status !== "completed" ? "aborted" : status);
    parts.witness.served(record);
    parts.log(record);
  }
}

type Answer = (
  exchange: Exchange,
  invocation: Invocation,
  events: AsyncIterable<ModelEvent>,
  fault: BedrockFault | undefined,
) => Promise<InvocationStatus>;

async function serveChat(
  exchange: Exchange,
  parts: BedrockParts,
  model: LocalModel,
  operation: ServedInvocation["operation"],
  request: ConverseRequest,
  identity: CallIdentity,
  answer: Answer,
): Promise<void> {
  validateConversation(request, model.id);
  const pieces = promptPieces(request);
  const maxTokens = checkLimits(
    model,
    request,
    pieces.reduce((sum, piece) => sum + piece.tokens, 0),
  );
  const fault = parts.faults.takeBedrock(operation, identity.tenant);
  await strikeAws(fault, exchange.gone, failures);
  const real = parts.realModel && (await askRealModel(parts.realModel, model.id, request, exchange.gone));
  const invocation = new Invocation(identity, operation, model.id, request, noPrompt);
  const { guarded } = invocation;
  if (!guarded?.blocksPrompt) {
    invocation.usage = { ...parts.cache.use(model.id, pieces, nowMs()), output: 0 };
  }
  let status: InvocationStatus = "failed";
  try {
    await parts.gate.pass(exchange.gone);
    const made =
      real ??
      pace(simulate(request, maxTokens, operation.startsWith("Converse")), parts.speed, exchange.gone);
    // A blocked prompt reaches no model, and is billed no tokens.
    const events = guarded?.blocksPrompt ? blocked(0) : (guarded?.guard(made) ?? made);
    status = await answer(exchange, invocation, events, fault);
  } finally {
    const record = invocation.record(exchange.gone.aborted && status !== "completed" ? "aborted" : status);
    parts.witness.served(record);
    parts.log(record);
  }
}

function sendTokenCount(exchange: Exchange, model: LocalModel, requestId: string): void {
  const { input } = parseBody(countTokensRequest, exchange.body);
  if (!model.countTokens) {
    throw new AwsError("ValidationException", "The provided model doesn't support counting tokens.");
  }
  const request =
    "converse" in input
      ? input.converse
      : readVendorBody(Buffer.from(input.invokeModel.body, "base64"), model.id).request;
  validateConversation(request, model.id);
  exchange.sendJson(200, { inputTokens: promptTokens(request) }, { "x-amzn-requestid": requestId });
}

function requireAuthorization(exchange: Exchange): void {
  if (!/^(AWS4-HMAC-SHA256|Bearer) \S/.test(exchange.headers.authorization ?? "")) {
    throw new AwsError("MissingAuthenticationTokenException", "Missing Authentication Token");
  }
}

/** The most tokens the answer may have. */
function checkLimits(model: LocalModel, request: ConverseRequest, inputTokens: number): number {
  const asked = request.inferenceConfig?.maxTokens;
  if (asked !== undefined && asked > model.maxOutputTokens) {
    throw new AwsError(
      "ValidationException",
      `The maximum tokens you requested exceeds the model limit of ${model.maxOutputTokens}. Try again with a maximum tokens value that is lower than ${model.maxOutputTokens}.`,
    );
  }
  if (inputTokens > model.contextWindowTokens) {
    throw new AwsError("ValidationException", "Input is too long for requested model.");
  }
  return Math.min(asked ?? model.maxOutputTokens, model.maxOutputTokens);
}

const failures = {
  throttle: ["ThrottlingException", "Too many requests, please wait before trying again."],
  error: ["InternalServerException", "The system encountered an unexpected error."],
  unavailable: ["ServiceUnavailableException", "Bedrock is unable to process your request."],
  timeout: ["ModelTimeoutException", "The caller left before any answer."],
} as const satisfies AwsFailures;

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new AwsError("ValidationException", "The provided model identifier is invalid.");
  }
}
