/** What of a turn's messages its session keeps: what another request, perhaps of another model, can carry. */
import type { TurnMessage } from "@caprock/memory";
import { withReferences } from "./history/search-results.ts";

/**
 * Cache points are where one request wants them, and Bedrock takes four in all. Reasoning is signed for the model that
 * made it, and needed only while its tool calls wait for their results (Bedrock user guide, Extended thinking). Search results
 * were retrieved for one question, and are what answers it as long as tools are called for it; then their sources are kept.
 */
export function keptMessages(said: readonly TurnMessage[], answer: TurnMessage): readonly TurnMessage[] {
  const callsTools = answer.content.some((block) => "toolUse" in block);
  const kept = [
    ...said
      .map((message) => without(["cachePoint"], message))
      .map((message) => (callsTools ? message : withReferences(message))),
    callsTools ? answer : without(["reasoningContent"], answer),
  ];
  return kept.filter(({ content }) => content.length > 0);
}

function without(kinds: readonly string[], { role, content }: TurnMessage): TurnMessage {
  return { role, content: content.filter((block) => !kinds.some((kind) => kind in block)) };
}
