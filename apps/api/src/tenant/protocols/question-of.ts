/** What a request asks, in words: the text of what the user said last. Wires differ in how they hold it, not in what it is. */

/** `said` is a text, or messages whose content is a text or parts, of which some have one. Empty where the user said nothing. */
export function questionOf(said: unknown): string {
  if (typeof said === "string") {
    return said;
  }
  const messages: readonly unknown[] = Array.isArray(said) ? said : [];
  const { content } = Object(messages.findLast((message) => Object(message).role === "user")) as {
    readonly content?: unknown;
  };
  if (typeof content === "string") {
    return content;
  }
  const parts: readonly unknown[] = Array.isArray(content) ? content : [];
  return parts
    .flatMap((part) => (typeof Object(part).text === "string" ? [Object(part).text] : []))
    .join("\n");
}
