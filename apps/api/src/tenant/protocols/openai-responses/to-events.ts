/** Maps the events of a ConverseStream, one by one, to the events of a streamed response, in OpenAI's order. */
import type { Problem } from "@caprock/domain";
import type { ConverseCitation, ConverseStopReason, ConverseStreamEvent } from "../converse-json.ts";
import { toldServiceTier } from "../openai/service-tier.ts";
import { type OpenItem, openItem, type ResponseEvent } from "./open-item.ts";
import {
  closedResponse,
  incompleteReason,
  type OutputItem,
  openResponse,
  type ResponseOrigin,
} from "./response.ts";
import { itemId } from "./to-response.ts";

/** An event with its place in the stream. */
export type NumberedEvent = ResponseEvent & { readonly sequence_number: number };

/** The state of one stream. Use one for each answer; begin with `begin`. */
export class EventMapper {
  private readonly origin: ResponseOrigin;
  private readonly nowSeconds: () => number;
  private readonly isKept: () => boolean;
  private readonly output: OutputItem[] = [];
  private readonly open = new Map<number, OpenItem>();
  /** What is cited by a text that has not begun: in which order the two come Bedrock does not say. */
  private cited: ConverseCitation[] = [];
  /** A block that has stopped; whether it is whole is known when the next begins, or the answer ends. */
  private stopped: number | undefined;
  private begun = 0;
  private sequence = 0;
  private stopReason: ConverseStopReason = "end_turn";

  /** `isKept` is asked at the end of the answer. */
  constructor(origin: ResponseOrigin, nowSeconds: () => number, isKept: () => boolean) {
    this.origin = origin;
    this.nowSeconds = nowSeconds;
    this.isKept = isKept;
  }

  begin(): NumberedEvent[] {
    const response = openResponse(this.origin, []);
    return this.numbered([
      { type: "response.created", response },
      { type: "response.in_progress", response },
    ]);
  }

  /** The events that tell the caller of `event`; none where this wire has nothing to tell. */
  map({
    contentBlockStart,
    contentBlockDelta,
    contentBlockStop,
    messageStop,
    metadata,
  }: ConverseStreamEvent): NumberedEvent[] {
    if (contentBlockStart?.start?.toolUse) {
      const { toolUseId, name } = contentBlockStart.start.toolUse;
      return this.numbered(
        this.start(contentBlockStart.contentBlockIndex, { kind: "call", toolUseId, name }),
      );
    }
    if (contentBlockDelta?.delta) {
      return this.numbered(this.delta(contentBlockDelta.contentBlockIndex, contentBlockDelta.delta));
    }
    if (contentBlockStop) {
      this.stopped = contentBlockStop.contentBlockIndex;
      this.cited = [];
      return [];
    }
    if (messageStop) {
      this.stopReason = messageStop.stopReason;
      const status = incompleteReason(this.stopReason) === undefined ? "completed" : "incomplete";
      return this.numbered([...this.open.keys()].flatMap((index) => this.stop(index, status)));
    }
    return metadata ? this.numbered([this.end(metadata)]) : [];
  }

  /** The last events where the answer broke off. */
  fail({ code, message }: Problem): NumberedEvent[] {
    const error = { code, message };
    const open = openResponse(this.origin, this.output);
    const response = { ...open, status: "failed" as const, store: false, error };
    return this.numbered([{ type: "response.failed", response }]);
  }

  private start(index: number, what: Parameters<typeof openItem>[0]): ResponseEvent[] {
    const before = this.stopped === undefined ? [] : this.stop(this.stopped, "completed");
    const item = openItem(what, itemId(this.origin.requestId, this.begun), this.begun);
    this.begun += 1;
    this.open.set(index, item);
    for (const citation of this.cited.splice(0)) {
      item.cite?.(citation);
    }
    return [...before, ...item.begin()];
  }

  /** Only calls are announced; texts and thoughts begin with their first piece. */
  private delta(
    index: number,
    {
      text,
      toolUse,
      reasoningContent,
      citation,
    }: NonNullable<NonNullable<ConverseStreamEvent["contentBlockDelta"]>["delta"]>,
  ): ResponseEvent[] {
    if (citation) {
      const item = this.open.get(index);
      if (item) {
        item.cite?.(citation);
      } else {
        this.cited.push(citation);
      }
      return [];
    }
    const piece = text ?? toolUse?.input ?? reasoningContent?.text ?? "";
    if (piece === "") {
      return [];
    }
    const kind = text !== undefined ? "text" : toolUse ? "call" : "thought";
    const started =
      this.open.has(index) || kind === "call"
        ? []
        : this.start(index, { kind: kind === "text" ? "text" : "thought" });
    return [...started, ...(this.open.get(index)?.add(piece) ?? [])];
  }

  private stop(index: number, status: "completed" | "incomplete"): ResponseEvent[] {
    const item = this.open.get(index);
    if (!item) {
      return [];
    }
    this.open.delete(index);
    this.stopped = undefined;
    const { events, done } = item.end(status);
    this.output.push(done);
    return events;
  }

  private end({ usage, serviceTier }: NonNullable<ConverseStreamEvent["metadata"]>): ResponseEvent {
    const { service_tier: told } = toldServiceTier(serviceTier);
    const response = closedResponse(this.origin, this.output, {
      stopReason: this.stopReason,
      usage,
      completedSeconds: this.nowSeconds(),
      isKept: this.isKept(),
      ...(told && { serviceTier: told }),
    });
    return { type: response.status === "completed" ? "response.completed" : "response.incomplete", response };
  }

  private numbered(events: readonly ResponseEvent[]): NumberedEvent[] {
    return events.map((event) => {
      const numbered = { ...event, sequence_number: this.sequence };
      this.sequence += 1;
      return numbered;
    });
  }
}
