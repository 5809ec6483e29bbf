/** One output item while it is streamed: the events with which it begins, grows and ends. */
import type { ConverseCitation } from "../converse-json.ts";
import { type OutputItem, outputText, type ResponseObject } from "./response.ts";

/** An event of a streamed response; what it holds besides its type depends on that. */
export type ResponseEvent = { readonly type: string } & (
  | { readonly response: ResponseObject }
  | { readonly output_index: number }
);

export interface OpenItem {
  begin(): ResponseEvent[];
  add(piece: string): ResponseEvent[];
  /** Takes what the item's text is taken from; told when it ends. */
  cite?(citation: ConverseCitation): void;
  end(status: "completed" | "incomplete"): { readonly events: ResponseEvent[]; readonly done: OutputItem };
}

type What =
  | { readonly kind: "text" | "thought" }
  | { readonly kind: "call"; readonly toolUseId: string; readonly name: string };

/** `id` is without its prefix; `outputIndex` is the item's place in the output. */
export function openItem(what: What, id: string, outputIndex: number): OpenItem {
  switch (what.kind) {
    case "text":
      return new OpenMessage(`msg_${id}`, outputIndex);
    case "thought":
      return new OpenReasoning(`rs_${id}`, outputIndex);
    case "call":
      return new OpenCall(`fc_${id}`, outputIndex, what.toolUseId, what.name);
  }
}

/** What every item's events have in common: whose they are, and where in the item they belong. */
class ItemEvents {
  protected readonly id: string;
  private readonly outputIndex: number;
  private readonly part: object;

  constructor(id: string, outputIndex: number, part: object) {
    this.id = id;
    this.outputIndex = outputIndex;
    this.part = part;
  }

  protected event(type: string, more: object): ResponseEvent {
    return { type, item_id: this.id, output_index: this.outputIndex, ...this.part, ...more } as ResponseEvent;
  }

  protected itemEvent(type: string, item: object): ResponseEvent {
    return { type, output_index: this.outputIndex, item } as ResponseEvent;
  }
}

class OpenMessage extends ItemEvents implements OpenItem {
  private text = "";
  private readonly citations: ConverseCitation[] = [];

  constructor(id: string, outputIndex: number) {
    super(id, outputIndex, { content_index: 0 });
  }

  begin(): ResponseEvent[] {
    const item = { id: this.id, type: "message", role: "assistant", status: "in_progress", content: [] };
    return [
      this.itemEvent("response.output_item.added", item),
      this.event("response.content_part.added", { part: outputText("") }),
    ];
  }

  add(piece: string): ResponseEvent[] {
    this.text += piece;
    return [this.event("response.output_text.delta", { delta: piece, logprobs: [] })];
  }

  cite(citation: ConverseCitation): void {
    this.citations.push(citation);
  }

  end(status: "completed" | "incomplete") {
    const part = outputText(this.text, this.citations);
    const done = { id: this.id, type: "message", role: "assistant", status, content: [part] } as const;
    const events = [
      ...part.annotations.map((annotation, index) =>
        this.event("response.output_text.annotation.added", { annotation, annotation_index: index }),
      ),
      this.event("response.output_text.done", { text: this.text, logprobs: [] }),
      this.event("response.content_part.done", { part }),
      this.itemEvent("response.output_item.done", done),
    ];
    return { events, done };
  }
}

/** What the model thinks is told as its summary: OpenAI's own wire shows no more than that, and clients look there. */
class OpenReasoning extends ItemEvents implements OpenItem {
  private text = "";

  constructor(id: string, outputIndex: number) {
    super(id, outputIndex, { summary_index: 0 });
  }

  begin(): ResponseEvent[] {
    const item = { id: this.id, type: "reasoning", summary: [] };
    return [
      this.itemEvent("response.output_item.added", item),
      this.event("response.reasoning_summary_part.added", { part: { type: "summary_text", text: "" } }),
    ];
  }

  add(piece: string): ResponseEvent[] {
    this.text += piece;
    return [this.event("response.reasoning_summary_text.delta", { delta: piece })];
  }

  end() {
    const part = { type: "summary_text", text: this.text } as const;
    const done = { id: this.id, type: "reasoning", summary: [part] } as const;
    const events = [
      this.event("response.reasoning_summary_text.done", { text: this.text }),
      this.event("response.reasoning_summary_part.done", { part }),
      this.itemEvent("response.output_item.done", done),
    ];
    return { events, done };
  }
}

class OpenCall extends ItemEvents implements OpenItem {
  private readonly callId: string;
  private readonly name: string;
  private arguments = "";

  constructor(id: string, outputIndex: number, callId: string, name: string) {
    super(id, outputIndex, {});
    this.callId = callId;
    this.name = name;
  }

  begin(): ResponseEvent[] {
    return [this.itemEvent("response.output_item.added", this.item("in_progress", ""))];
  }

  add(piece: string): ResponseEvent[] {
    this.arguments += piece;
    return [this.event("response.function_call_arguments.delta", { delta: piece })];
  }

  /** A call without arguments streams none, but callers parse them as JSON: they get an empty object. */
  end(status: "completed" | "incomplete") {
    const missing = this.arguments === "" ? this.add("{}") : [];
    const done = this.item(status, this.arguments);
    const events = [
      ...missing,
      this.event("response.function_call_arguments.done", { name: this.name, arguments: this.arguments }),
      this.itemEvent("response.output_item.done", done),
    ];
    return { events, done };
  }

  private item(status: "in_progress" | "completed" | "incomplete", args: string) {
    const { id, callId, name } = this;
    return { id, type: "function_call", call_id: callId, name, arguments: args, status } as const;
  }
}
