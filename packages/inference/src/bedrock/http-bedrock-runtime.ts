/** Bedrock Runtime over a plain HTTP/1.1 connection pool: the one hot call, without the AWS SDK's layers. */
import type { Clock } from "@caprock/domain";
import { Agent, type Dispatcher, request } from "undici";
import { BedrockFault } from "../bedrock-fault.ts";
import type {
  BedrockRuntime,
  ConverseAnswer,
  ConverseCall,
  ConverseFrame,
  CountCall,
  GuardrailCall,
  InvokeAnswer,
  InvokeCall,
  InvokeHeaders,
  InvokeStream,
  JsonObject,
} from "../bedrock-runtime.ts";
import { faultOfAnswer, faultOfFailure } from "./read-fault.ts";
import { readFrames } from "./read-frames.ts";
import { createSigner, type SigningOptions, type SignRequest } from "./sign-request.ts";

export interface HttpBedrockRuntimeOptions extends SigningOptions {
  /** For example "https://bedrock-runtime.us-east-1.amazonaws.com". */
  readonly endpoint: string;
  readonly clock: Clock;
  /** Longest silence that is waited out, before the answer and within it. */
  readonly idleTimeoutMs: number;
}

const connectTimeoutMs = 3_000;

/**
 * Passes bodies through without loss: what the AWS SDK's schemas do not know still gets there. It does not
 * retry; a contract test holds it equal to the AWS SDK's client.
 */
export class HttpBedrockRuntime implements BedrockRuntime {
  private readonly endpoint: string;
  private readonly sign: SignRequest;
  private readonly clock: Clock;
  private readonly connections: Agent;

  constructor({ endpoint, clock, idleTimeoutMs, ...signing }: HttpBedrockRuntimeOptions) {
    this.endpoint = endpoint.replace(/\/+$/, "");
    this.sign = createSigner(signing);
    this.clock = clock;
    this.connections = new Agent({
      connect: { timeout: connectTimeoutMs },
      headersTimeout: idleTimeoutMs,
      bodyTimeout: idleTimeoutMs,
      // A model takes long to answer; calls must not queue behind each other on one connection.
      pipelining: 1,
    });
  }

  async converse(call: ConverseCall): Promise<ConverseAnswer> {
    return { body: await readJson((await this.sendJson(call, "converse")).body) };
  }

  async countTokens({ modelId, input, signal }: CountCall): Promise<number> {
    const call = { invokeId: modelId, body: { input }, signal };
    const { inputTokens } = await readJson((await this.sendJson(call, "count-tokens")).body);
    if (typeof inputTokens !== "number") {
      throw new BedrockFault("UnreadableAnswer", "The answer tells no count.", { mayHaveRun: "never" });
    }
    return inputTokens;
  }

  async converseStream(call: ConverseCall): Promise<AsyncIterable<readonly ConverseFrame[]>> {
    const { body } = await this.sendJson(call, "converse-stream");
    return translateFailures(readFrames(body));
  }

  async invokeModel(call: InvokeCall): Promise<InvokeAnswer> {
    const answer = await this.send(call, "invoke");
    try {
      return { headers: invokeHeaders(answer), body: await answer.body.bytes() };
    } catch (error) {
      throw faultOfFailure(error, "answering");
    }
  }

  async invokeModelStream(call: InvokeCall): Promise<InvokeStream> {
    const answer = await this.send(call, "invoke-with-response-stream");
    return { headers: invokeHeaders(answer), frames: translateFailures(readFrames(answer.body)) };
  }

  async applyGuardrail({ guardrailId, version, body, signal }: GuardrailCall): Promise<JsonObject> {
    const path = `guardrail/${encodeURIComponent(guardrailId)}/version/${encodeURIComponent(version)}/apply`;
    const headers = { "content-type": "application/json" };
    const answer = await this.post(path, { body: JSON.stringify(body), headers, signal });
    return readJson(answer.body);
  }

  /** Lets calls in flight end and closes the connections. */
  async close(): Promise<void> {
    await this.connections.close();
  }

  private sendJson({ body, ...call }: ConverseCall, operation: string): Promise<Dispatcher.ResponseData> {
    return this.send(
      { ...call, body: JSON.stringify(body), headers: { "content-type": "application/json" } },
      operation,
    );
  }

  private send({ invokeId, ...call }: Sent, operation: string): Promise<Dispatcher.ResponseData> {
    return this.post(`model/${encodeURIComponent(invokeId)}/${operation}`, call);
  }

  private async post(path: string, call: Posted): Promise<Dispatcher.ResponseData> {
    const { body, signal } = call;
    const url = new URL(`${this.endpoint}/${path}`);
    const headers = await this.signed(url, call);
    if (signal.aborted) {
      throw new BedrockFault("ConnectionError", "The call was ended before it was sent.", {
        mayHaveRun: "never",
      });
    }
    let answer: Dispatcher.ResponseData;
    try {
      answer = await request(url, { method: "POST", headers, body, signal, dispatcher: this.connections });
    } catch (error) {
      throw faultOfFailure(error, "sending");
    }
    if (answer.statusCode !== 200) {
      throw await faultOfAnswer(answer);
    }
    return answer;
  }

  private async signed(url: URL, { headers, body }: Posted): Promise<Record<string, string>> {
    try {
      return await this.sign({ url, headers, body }, this.clock.now());
    } catch (cause) {
      throw new BedrockFault("AccessDeniedException", "No AWS credentials to sign with.", {
        mayHaveRun: "never",
        cause,
      });
    }
  }
}

type Sent = Omit<InvokeCall, "body"> & { readonly body: string | Uint8Array };
type Posted = Omit<Sent, "invokeId">;

function invokeHeaders({ headers }: Dispatcher.ResponseData): InvokeHeaders {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value === "string" && (name === "content-type" || name.startsWith("x-amzn-bedrock-"))) {
      kept[name] = value;
    }
  }
  return kept;
}

async function readJson(answer: Dispatcher.ResponseData["body"]): Promise<JsonObject> {
  try {
    return (await answer.json()) as JsonObject;
  } catch (error) {
    throw error instanceof SyntaxError
      ? new BedrockFault("UnreadableAnswer", "The answer is not JSON.", {
          mayHaveRun: "perhaps",
          cause: error,
        })
      : faultOfFailure(error, "answering");
  }
}

async function* translateFailures(
  frames: AsyncIterable<readonly ConverseFrame[]>,
): AsyncGenerator<readonly ConverseFrame[]> {
  try {
    yield* frames;
  } catch (error) {
    throw error instanceof BedrockFault ? error : faultOfFailure(error, "answering");
  }
}
