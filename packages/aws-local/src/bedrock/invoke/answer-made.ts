/** InvokeModel of a model that does not chat: its answer comes whole. */
import type { Exchange } from "../../exchange.ts";
import type { BedrockFault } from "../../faults.ts";
import type { Invocation, InvocationStatus } from "../invocation.ts";
import { countHeaders } from "./answer-chat.ts";
import type { Made } from "./made.ts";

/** A `cut` fault breaks the connection instead: the model ran, nobody hears. */
export function answerMade(
  exchange: Exchange,
  invocation: Invocation,
  { answer, units }: Made,
  fault: BedrockFault | undefined,
): InvocationStatus {
  if (fault?.kind === "cut") {
    exchange.cut();
    return "aborted";
  }
  // Image models are not billed by tokens, and AWS sends no counts of them.
  const counts = units.image === undefined ? countHeaders(invocation.usage) : {};
  exchange.sendJson(200, answer, {
    "x-amzn-requestid": invocation.identity.requestId,
    ...invocation.echo(),
    ...counts,
  });
  return exchange.gone.aborted ? "aborted" : "completed";
}
