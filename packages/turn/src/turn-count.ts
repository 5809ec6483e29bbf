/** Counts a turn's messages when it is kept, so that no turn after it, in any process, counts them again. */
import { MessageMeasures, measureEdition, measureMessage, tokensIn } from "@caprock/context";
import type { SessionTurn, TurnCount, TurnMessage } from "@caprock/memory";
import { z } from "zod";

/** As a store keeps it beside what it names; a turn of so many texts is counted anew. */
const mostDetailCharacters = 1_000;

/** What a message measures does not depend on a model or on what is learned of one, so that it stays true for all. */
const detailOfTurn = z.object({
  edition: z.literal(measureEdition),
  measures: z.array(z.tuple([z.number()], z.number())),
});

export function countTurn(messages: readonly TurnMessage[]): TurnCount {
  const measures = messages.map(measureMessage);
  const tokens = measures.reduce((sum, measure) => sum + tokensIn(measure, 1), 0);
  const detail = JSON.stringify({ edition: measureEdition, measures });
  return detail.length > mostDetailCharacters ? { tokens } : { tokens, detail };
}

/** What was counted in another way than today's is counted again where it is needed. */
export function recallCounts(
  turns: readonly Pick<SessionTurn, "messages" | "counted">[],
  measures = new MessageMeasures(),
): MessageMeasures {
  for (const { messages, counted } of turns) {
    const detail = counted?.detail === undefined ? undefined : JSON.parse(counted.detail);
    const { success, data } = detailOfTurn.safeParse(detail);
    if (success && data.measures.length === messages.length) {
      messages.forEach((message, index) => {
        measures.recall(message, data.measures[index] ?? measureMessage(message));
      });
    }
  }
  return measures;
}
