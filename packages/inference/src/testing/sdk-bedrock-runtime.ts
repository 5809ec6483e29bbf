/** For tests: the port served by the AWS SDK's own client, the measure that Caprock's client is held to. */
import {
  BedrockRuntimeClient,
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseTokensRequest,
  CountTokensCommand,
} from "@aws-sdk/client-bedrock-runtime";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import type {
  BedrockRuntime,
  ConverseAnswer,
  ConverseCall,
  ConverseFrame,
  CountCall,
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

  async countTokens({ modelId, body, signal }: CountCall): Promise<number> {
    const { messages, system, toolConfig, additionalModelRequestFields } = body as ConverseTokensRequest;
    const converse = { messages, system, toolConfig, additionalModelRequestFields };
    const { inputTokens } = await this.client.send(new CountTokensCommand({ modelId, input: { converse } }), {
      abortSignal: signal,
    });
    return inputTokens ?? Number.NaN;
  }

  close(): void {
    this.client.destroy();
  }
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
