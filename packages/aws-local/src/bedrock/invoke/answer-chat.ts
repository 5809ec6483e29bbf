/** InvokeModel of a chat model: the vendor's answer whole, or chunk by chunk. */
import type { Exchange } from "../../exchange.ts";
import type { BedrockFault } from "../../faults.ts";
import type { ServedUsage } from "../../witness.ts";
import { answerEventStream, Interrupted } from "../converse-stream.ts";
import type { Invocation, InvocationStatus } from "../invocation.ts";
import type { ModelEvent, StopReason } from "../model-event.ts";
import type { ChatDialect, SaidEvent } from "./chat-dialect.ts";

/** Counts of a whole answer, in the headers that AWS sends them in. */
export function countHeaders(usage: ServedUsage): Record<string, string> {
  return {
    "x-amzn-bedrock-input-token-count": String(usage.input),
    "x-amzn-bedrock-output-token-count": String(usage.output),
    "x-amzn-bedrock-cache-read-input-token-count": String(usage.cacheRead),
    "x-amzn-bedrock-cache-write-input-token-count": String(usage.cacheWrite5m + usage.cacheWrite1h),
  };
}

/** Sends the answer when it is complete. A `cut` fault breaks the connection instead. */
export async function answerInvoke(
  dialect: ChatDialect,
  exchange: Exchange,
  invocation: Invocation,
  events: AsyncIterable<ModelEvent>,
  fault: BedrockFault | undefined,
): Promise<InvocationStatus> {
  const said: SaidEvent[] = [];
  let stopReason: StopReason | undefined;
  for await (const event of events) {
    invocation.count(event);
    if (event.type === "stop") {
      stopReason = event.stopReason;
    } else {
      said.push(event);
    }
  }
  if (stopReason === undefined) {
    return "aborted";
  }
  if (fault?.kind === "cut") {
    exchange.cut();
    return "aborted";
  }
  const { modelId, usage } = invocation;
  exchange.sendJson(200, dialect.whole({ modelId, said, stopReason, usage }), {
    "x-amzn-requestid": invocation.identity.requestId,
    ...invocation.echo(),
    ...countHeaders(usage),
  });
  return exchange.gone.aborted ? "aborted" : "completed";
}

/** Sends the answer as it is made; the last chunk carries Bedrock's own counts. */
export function answerInvokeStream(
  dialect: ChatDialect,
  exchange: Exchange,
  invocation: Invocation,
  events: AsyncIterable<ModelEvent>,
  fault: BedrockFault | undefined,
): Promise<InvocationStatus> {
  const headers = { "x-amzn-bedrock-content-type": "application/json", ...invocation.echo() };
  return answerEventStream(exchange, invocation, fault, headers, async (send) => {
    const chunks = dialect.stream(invocation.modelId);
    const sendChunk = (chunk: object) =>
      send("chunk", { bytes: Buffer.from(JSON.stringify(chunk)).toString("base64") });
    let stopReason: StopReason | undefined;
    for await (const event of events) {
      if (event.type === "stop") {
        stopReason = event.stopReason;
      } else {
        for (const chunk of chunks.write(event)) {
          await sendChunk(chunk);
        }
      }
      invocation.count(event);
    }
    if (stopReason === undefined) {
      throw new Interrupted("aborted");
    }
    const closing = chunks.close(stopReason, invocation.usage);
    for (const [index, chunk] of closing.entries()) {
      const isLast = index === closing.length - 1;
      await sendChunk(
        isLast ? { ...chunk, "amazon-bedrock-invocationMetrics": metricsOf(invocation.usage) } : chunk,
      );
    }
  });
}

function metricsOf(usage: ServedUsage): object {
  return {
    inputTokenCount: usage.input,
    outputTokenCount: usage.output,
    invocationLatency: 1,
    firstByteLatency: 1,
    cacheReadInputTokenCount: usage.cacheRead,
    cacheWriteInputTokenCount: usage.cacheWrite5m + usage.cacheWrite1h,
  };
}
