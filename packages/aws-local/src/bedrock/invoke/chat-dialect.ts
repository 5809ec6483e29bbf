/** How a vendor's chat models take and give their bodies through InvokeModel. */
import type { ServedUsage } from "../../witness.ts";
import type { ModelEvent, StopReason } from "../model-event.ts";

/** What a model says before it stops. */
export type SaidEvent = Exclude<ModelEvent, { type: "stop" }>;

export interface ChatDialect {
  /** The body as the Converse request that it means. Throws a ValidationException. */
  read(body: Buffer): unknown;
  whole(answer: WholeAnswer): object;
  stream(modelId: string): ChunkWriter;
}

export interface WholeAnswer {
  readonly modelId: string;
  readonly said: readonly SaidEvent[];
  readonly stopReason: StopReason;
  readonly usage: ServedUsage;
}

export interface ChunkWriter {
  write(event: SaidEvent): object[];
  /** The last of these carries Bedrock's own counts. */
  close(stopReason: StopReason, usage: ServedUsage): object[];
}

/** All text that was said. */
export function saidText(said: readonly SaidEvent[]): string {
  return said.map((event) => (event.type === "text" ? event.text : "")).join("");
}
