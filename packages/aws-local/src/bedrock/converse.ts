/** Converse: the whole answer in one JSON document. */
import type { Exchange } from "../exchange.ts";
import type { BedrockFault } from "../faults.ts";
import type { Citation } from "./cite-search-result.ts";
import type { Invocation, InvocationStatus } from "./invocation.ts";
import type { ModelEvent } from "./model-event.ts";

type OutputBlock =
  | { text: string }
  | { citationsContent: { content: { text: string }[]; citations: Citation[] } }
  | { reasoningContent: { reasoningText: { text: string; signature: string } } }
  | { toolUse: { toolUseId: string; name: string; input: unknown } };

/** Sends the answer when it is complete. A `cut` fault breaks the connection instead: the model ran, nobody hears. */
export async function answerConverse(
  exchange: Exchange,
  invocation: Invocation,
  events: AsyncIterable<ModelEvent>,
  fault: BedrockFault | undefined,
): Promise<InvocationStatus> {
  const content: OutputBlock[] = [];
  let text = "";
  let tool: { toolUseId: string; name: string } | undefined;
  let signature: string | undefined;
  let citations: Citation[] = [];
  let stopReason: string | undefined;
  for await (const event of events) {
    invocation.count(event);
    if (event.type === "text" || event.type === "reasoning") {
      text += event.text;
    } else if (event.type === "signature") {
      signature = event.signature;
    } else if (event.type === "citation") {
      citations.push(event.citation);
    } else if (event.type === "toolStart") {
      tool = { toolUseId: event.toolUseId, name: event.name };
    } else if (event.type === "toolInput") {
      text += event.json;
    } else if (event.type === "blockStop") {
      if (signature !== undefined) {
        content.push({ reasoningContent: { reasoningText: { text, signature } } });
      } else if (citations.length > 0) {
        content.push({ citationsContent: { content: [{ text }], citations } });
      } else {
        content.push(tool ? { toolUse: { ...tool, input: toolInput(text) } } : { text });
      }
      signature = undefined;
      citations = [];
      text = "";
      tool = undefined;
    } else {
      stopReason = event.stopReason;
    }
  }
  if (stopReason === undefined) {
    return "aborted";
  }
  if (fault?.kind === "cut") {
    exchange.cut();
    return "aborted";
  }
  const output = { message: { role: "assistant", content } };
  exchange.sendJson(
    200,
    { output, stopReason, ...invocation.closing() },
    { "x-amzn-requestid": invocation.identity.requestId },
  );
  return exchange.gone.aborted ? "aborted" : "completed";
}

/** A tool call that max_tokens cut short is not JSON; it is answered with an empty input. */
function toolInput(json: string): unknown {
  try {
    return json === "" ? {} : JSON.parse(json);
  } catch {
    return {};
  }
}
