/** Writes what an answer cites as OpenAI's annotations of its text. */
import type { ConverseCitation } from "../converse-json.ts";

/** `url` is the document's id, which may be a web address; the indexes are those of the answer's text that it stands behind. */
export interface UrlCitation {
  readonly start_index: number;
  readonly end_index: number;
  readonly title: string;
  readonly url: string;
}

/** One for each source of a piece of text, which begins and ends at these places of the whole text; none where it is empty. */
export function toUrlCitations(
  citations: readonly ConverseCitation[],
  start: number,
  end: number,
): readonly UrlCitation[] {
  const bySource = new Map<string, UrlCitation>();
  for (const { source, title } of citations) {
    const url = source ?? title;
    if (url !== undefined && start < end && !bySource.has(url)) {
      bySource.set(url, { start_index: start, end_index: end, title: title ?? url, url });
    }
  }
  return [...bySource.values()];
}
