/** The rules that Bedrock holds the documents of a request to, in its words. */
import { AwsError } from "../aws-error.ts";
import type { ConverseRequest } from "./converse-request.ts";

const mostDocuments = 5;

/** Throws a ValidationException for more than five, or two of a name, wherever in the conversation they are. */
export function validateDocuments({ messages }: ConverseRequest): void {
  const names = messages
    .flatMap(({ content }) => content.flatMap((block) => [block, ...(block.toolResult?.content ?? [])]))
    .flatMap(({ document }) => (document ? [String(document.name).toLowerCase()] : []));
  if (names.length > mostDocuments) {
    throw new AwsError(
      "ValidationException",
      `You can't include more than ${mostDocuments} documents in a request.`,
    );
  }
  if (new Set(names).size < names.length) {
    throw new AwsError(
      "ValidationException",
      "Messages can't contain duplicate document names. Rename the document and retry your request.",
    );
  }
}
