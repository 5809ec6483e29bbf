/** The Bedrock Converse message form, typed as loosely as a parsed wire body is: unknown members and block kinds pass through. */

/**
 * One content block: an object with one member that names its kind. The known kinds are listed so that the
 * SDK's `ContentBlock` is assignable; a body may carry others, and none is ever dropped from a kept message.
 */
export interface ContentBlock {
  readonly text?: unknown;
  readonly image?: unknown;
  readonly document?: unknown;
  readonly video?: unknown;
  readonly audio?: unknown;
  readonly toolUse?: unknown;
  readonly toolResult?: unknown;
  readonly reasoningContent?: unknown;
  readonly guardContent?: unknown;
  readonly cachePoint?: unknown;
  readonly citationsContent?: unknown;
  readonly searchResult?: unknown;
  readonly json?: unknown;
}

/** Any text; the known ones are listed so that TypeScript keeps a message that is written out assignable to the SDK's. */
export type Role = "user" | "assistant" | (string & {});

/** A Converse message; the SDK's `Message` is assignable. Bytes are base64 strings on the wire, Uint8Array in the SDK. */
export interface ChatMessage {
  readonly role: Role | undefined;
  readonly content: readonly ContentBlock[] | undefined;
}

/** The tool configuration; the SDK's `ToolConfiguration` is assignable. */
export interface ToolConfig {
  readonly tools?: readonly unknown[] | undefined;
}

/** What of a Converse request the model reads. */
export interface ConversePrompt<M extends ChatMessage = ChatMessage> {
  readonly system?: readonly ContentBlock[] | undefined;
  readonly toolConfig?: ToolConfig | undefined;
  readonly messages: M[];
}

/** The members of a JSON object, or none for anything else: bodies are read before Bedrock has validated them. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}

/** The elements of a JSON array, or none for anything else. */
export function elementsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The blocks of a content. Other wires have a text in place of one block: it counts as what it says, whoever refuses it later. */
export function contentOf(content: unknown): readonly unknown[] {
  return typeof content === "string" ? [{ text: content }] : elementsOf(content);
}

/** The content blocks of a message, each as its members. */
export function blocksOf(message: ChatMessage): readonly Readonly<Record<string, unknown>>[] {
  return contentOf(membersOf(message).content).map(membersOf);
}

/** A user message that asks something: no block of it answers a tool call. */
export function isPlainUserTurn(message: ChatMessage): boolean {
  return (
    membersOf(message).role === "user" && !blocksOf(message).some((block) => block.toolResult !== undefined)
  );
}

/** An assistant message that calls at least one tool. */
export function isToolCall(message: ChatMessage): boolean {
  return (
    membersOf(message).role === "assistant" && blocksOf(message).some((block) => block.toolUse !== undefined)
  );
}

/** JSON text of any value a Converse request may hold; bytes of the SDK's types are written as base64, as on the wire. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key, converted) {
    const original = this[key];
    if (original instanceof Uint8Array) {
      return Buffer.from(original.buffer, original.byteOffset, original.byteLength).toString("base64");
    }
    return typeof converted === "bigint" ? converted.toString() : converted;
  });
  return text ?? "";
}

/** The size in bytes of binary content: a Uint8Array of the SDK's types, or a base64 string of the wire. */
export function binaryBytes(value: unknown): number {
  if (value instanceof Uint8Array) {
    return value.byteLength;
  }
  return typeof value === "string" ? Math.ceil((value.length * 3) / 4) : 0;
}

const textFormats: ReadonlySet<unknown> = new Set(["txt", "md", "csv", "html"]);

/** The text of a document whose format is plain text, undefined for the compressed formats (pdf, docx, xlsx …). */
export function plainDocumentText(document: Readonly<Record<string, unknown>>): string | undefined {
  const bytes = membersOf(document.source).bytes;
  if (!textFormats.has(document.format)) {
    return undefined;
  }
  if (bytes instanceof Uint8Array) {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
  }
  return typeof bytes === "string" ? Buffer.from(bytes, "base64").toString("utf8") : undefined;
}
