/** ConverseStream: the answer event by event, in AWS's order. */
import { AwsError } from "../aws-error.ts";
import type { Exchange } from "../exchange.ts";
import type { BedrockFault } from "../faults.ts";
import { EventFrames, eventStreamContentType } from "./event-frames.ts";
import type { Invocation, InvocationStatus } from "./invocation.ts";
import type { ModelEvent } from "./model-event.ts";

/** Ends a stream early. */
export class Interrupted extends Error {
  readonly status: InvocationStatus;

  constructor(status: InvocationStatus) {
    super(status);
    this.status = status;
  }
}

type Send = (type: string, body: Record<string, unknown>) => Promise<void>;

/** Sends the answer as it is made. Tokens count once their event was handed to the socket. */
export function answerConverseStream(
  exchange: Exchange,
  invocation: Invocation,
  events: AsyncIterable<ModelEvent>,
  fault: BedrockFault | undefined,
): Promise<InvocationStatus> {
  return answerEventStream(exchange, invocation, fault, {}, (send) => sendEvents(events, invocation, send));
}

/** Sends what `sendAll` sends, until it is done or a fault, a failure or the caller ends it. */
export async function answerEventStream(
  exchange: Exchange,
  invocation: Invocation,
  fault: BedrockFault | undefined,
  headers: Readonly<Record<string, string>>,
  sendAll: (send: Send) => Promise<void>,
): Promise<InvocationStatus> {
  const frames = new EventFrames();
  let started = false;
  let sent = 0;
  const start = () => {
    if (!started) {
      started = true;
      exchange.start(200, {
        "content-type": eventStreamContentType,
        "x-amzn-requestid": invocation.identity.requestId,
        ...headers,
      });
    }
  };
  const fail = async (error: AwsError): Promise<never> => {
    start();
    await exchange.write(frames.exception(error.name, error.message));
    exchange.end();
    throw new Interrupted("failed");
  };
  const send: Send = async (type, body) => {
    start();
    if (sent === fault?.afterEvents && fault.kind === "cut") {
      exchange.cut();
      throw new Interrupted("aborted");
    }
    if (sent === fault?.afterEvents && fault.kind === "exception") {
      await fail(
        new AwsError(fault.name ?? "ModelStreamErrorException", "A fault was asked for in the stream."),
      );
    }
    if (!(await exchange.write(frames.event(type, body)))) {
      throw new Interrupted("aborted");
    }
    sent += 1;
  };
  try {
    await sendAll(send);
    exchange.end();
    return "completed";
  } catch (error) {
    if (error instanceof AwsError) {
      await fail(error).catch(() => undefined);
      return "failed";
    }
    if (error instanceof Interrupted) {
      return error.status;
    }
    throw error;
  }
}

async function sendEvents(
  events: AsyncIterable<ModelEvent>,
  invocation: Invocation,
  send: Send,
): Promise<void> {
  let contentBlockIndex = 0;
  let begun = false;
  let stopped = false;
  for await (const event of events) {
    if (!begun) {
      begun = true;
      await send("messageStart", { role: "assistant" });
    }
    if (event.type === "text") {
      await send("contentBlockDelta", { contentBlockIndex, delta: { text: event.text } });
    } else if (event.type === "reasoning") {
      await send("contentBlockDelta", {
        contentBlockIndex,
        delta: { reasoningContent: { text: event.text } },
      });
    } else if (event.type === "signature") {
      const { signature } = event;
      await send("contentBlockDelta", { contentBlockIndex, delta: { reasoningContent: { signature } } });
    } else if (event.type === "citation") {
      await send("contentBlockDelta", { contentBlockIndex, delta: { citation: event.citation } });
    } else if (event.type === "toolStart") {
      const { toolUseId, name } = event;
      await send("contentBlockStart", { contentBlockIndex, start: { toolUse: { toolUseId, name } } });
    } else if (event.type === "toolInput") {
      await send("contentBlockDelta", { contentBlockIndex, delta: { toolUse: { input: event.json } } });
    } else if (event.type === "blockStop") {
      await send("contentBlockStop", { contentBlockIndex });
      contentBlockIndex += 1;
    } else {
      await send("messageStop", { stopReason: event.stopReason });
      stopped = true;
    }
    invocation.count(event);
  }
  if (!stopped) {
    throw new Interrupted("aborted");
  }
  await send("metadata", invocation.closing());
}
