/** For tests: the port served by the AWS SDK's own client, the measure that Caprock's client is held to. */
import {
  ApplyGuardrailCommand,
  type ApplyGuardrailCommandInput,
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  CountTokensCommand,
  InvokeModelCommand,
  type InvokeModelCommandInput,
  InvokeModelWithResponseStreamCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type {
  BedrockRuntime,
  ConverseAnswer,
  ConverseCall,
  ConverseFrame,
  CountCall,
  GuardrailCall,
  InvokeAnswer,
  InvokeCall,
  InvokeStream,
  JsonObject,
} from "../bedrock-runtime.ts";

export class SdkBedrockRuntime implements BedrockRuntime {
  private readonly client: BedrockRuntimeClient;

  constructor(endpoint: string) {
    this.client = new BedrockRuntimeClient({
      endpoint,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(),
    });
  }

  async converse({ invokeId, body, signal }: ConverseCall): Promise<ConverseAnswer> {
    const { $metadata: _, ...answer } = await this.client.send(
      new ConverseCommand({ ...body, modelId: invokeId }),
      { abortSignal: signal },
    );
    return { body: plain(answer) };
  }

  async converseStream({
    invokeId,
    body,
    signal,
  }: ConverseCall): Promise<AsyncIterable<readonly ConverseFrame[]>> {
    const { stream } = await this.client.send(new ConverseStreamCommand({ ...body, modelId: invokeId }), {
      abortSignal: signal,
    });
    return framesOf(stream ?? []);
  }

  async countTokens({ modelId, input, signal }: CountCall): Promise<number> {
    const { converse, invokeModel } = input as { converse?: object; invokeModel?: { body: string } };
    const asked = invokeModel
      ? { invokeModel: { body: Buffer.from(invokeModel.body, "base64") } }
      : { converse: converse ?? {} };
    const { inputTokens } = await this.client.send(new CountTokensCommand({ modelId, input: asked }), {
      abortSignal: signal,
    });
    return inputTokens ?? Number.NaN;
  }

  async applyGuardrail({ guardrailId, version, body, signal }: GuardrailCall): Promise<JsonObject> {
    const answer = await this.client.send(
      new ApplyGuardrailCommand({
        ...(body as unknown as Pick<ApplyGuardrailCommandInput, "source" | "content">),
        guardrailIdentifier: guardrailId,
        guardrailVersion: version,
      }),
      { abortSignal: signal },
    );
    return plain(answer);
  }

  async invokeModel(call: InvokeCall): Promise<InvokeAnswer> {
    const { body, ...answer } = await this.client.send(new InvokeModelCommand(inputOf(call)), {
      abortSignal: call.signal,
    });
    return { headers: headersOf(answer), body: new Uint8Array(body) };
  }

  async invokeModelStream(call: InvokeCall): Promise<InvokeStream> {
    const { body, ...answer } = await this.client.send(
      new InvokeModelWithResponseStreamCommand(inputOf(call)),
      { abortSignal: call.signal },
    );
    return { headers: headersOf(answer), frames: chunksOf(body ?? []) };
  }

  close(): void {
    this.client.destroy();
  }
}

/** The SDK gives chunks as bytes; on the wire they are base64. */
async function* chunksOf(
  events: AsyncIterable<object> | Iterable<object>,
): AsyncGenerator<readonly ConverseFrame[]> {
  for await (const event of events) {
    const [[type, payload] = ["", {}]] = Object.entries(event);
    const { bytes } = payload as { bytes?: Uint8Array };
    yield [{ type, event: { bytes: Buffer.from(bytes ?? []).toString("base64") }, bytes: new Uint8Array() }];
  }
}

function inputOf({ invokeId, body, headers }: InvokeCall): InvokeModelCommandInput {
  const of = (name: string) => headers[name];
  return {
    modelId: invokeId,
    body,
    contentType: of("content-type"),
    accept: of("accept") ?? of("x-amzn-bedrock-accept"),
    trace: of("x-amzn-bedrock-trace") as InvokeModelCommandInput["trace"],
    serviceTier: of("x-amzn-bedrock-service-tier") as InvokeModelCommandInput["serviceTier"],
    requestMetadata: of("x-amzn-bedrock-request-metadata"),
  };
}

/** The headers that the SDK tells of. */
function headersOf({
  contentType,
  serviceTier,
}: {
  contentType?: string | undefined;
  serviceTier?: string | undefined;
}): InvokeAnswer["headers"] {
  return {
    ...(contentType === undefined ? {} : { "content-type": contentType }),
    ...(serviceTier === undefined ? {} : { "x-amzn-bedrock-service-tier": serviceTier }),
  };
}

async function* framesOf(
  events: AsyncIterable<object> | Iterable<object>,
): AsyncGenerator<readonly ConverseFrame[]> {
  for await (const event of events) {
    const [[type, payload] = ["", {}]] = Object.entries(event);
    yield [{ type, event: plain(payload), bytes: new Uint8Array() }];
  }
}

/** As JSON has it: members without a value are left out. */
function plain(value: unknown): JsonObject {
  return JSON.parse(JSON.stringify(value));
}
