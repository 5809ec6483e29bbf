/** The member `documents` of both OpenAI wires, which is Caprock's own: what was retrieved for the question. */
import { z } from "zod";
import type { ConverseMessage, SearchResultBlock } from "../converse-json.ts";

/** As vLLM's chat template parameter of that name has them, and with ids: an SDK sends it as an extra member of the body. */
export const documents = z.array(
  z.strictObject(
    {
      id: z.string().min(1).optional(),
      title: z.string().min(1).optional(),
      text: z.string().regex(/\S/, { error: "a text that is not blank" }),
    },
    { error: 'an object with "text", and nothing else but "id" and "title"' },
  ),
);
export type Documents = z.output<typeof documents>;

/**
 * The messages with the documents before the newest question, as search results; before what goes on with a tool's result where
 * there is none. A document without an id has its number in the request, from 1, as its source.
 */
export function withDocuments(
  messages: readonly ConverseMessage[],
  given: Documents | null | undefined,
  { cites }: { readonly cites: boolean },
): readonly ConverseMessage[] {
  if (!given || given.length === 0) {
    return messages;
  }
  const answersTool = ({ content }: ConverseMessage) => content.some((block) => "toolResult" in block);
  const question = messages.findLastIndex((message) => message.role === "user" && !answersTool(message));
  const at = question === -1 ? messages.findLastIndex(({ role }) => role === "user") : question;
  const results = given.map(({ id, title, text }, index): SearchResultBlock => {
    const source = id ?? String(index + 1);
    return {
      searchResult: { source, title: title ?? source, content: [{ text }], citations: { enabled: cites } },
    };
  });
  return messages.map((message, index) =>
    index === at
      ? {
          ...message,
          content: [
            ...message.content.filter((block) => "toolResult" in block),
            ...results,
            ...message.content.filter((block) => !("toolResult" in block)),
          ],
        }
      : message,
  );
}
