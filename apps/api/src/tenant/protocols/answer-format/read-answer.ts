/** Reads what a turn answered as Converse's JSON, with an answer that came by the answer tool as its text. */
import type { TurnAnswer, TurnStream } from "@caprock/turn";
import type { ConverseAnswer, ConverseStreamEvent } from "../converse-json.ts";
import type { Translated } from "../translated-operation.ts";
import { AnswerUnwrapper, unwrapAnswer } from "./unwrap-answer.ts";

type How = Pick<Translated, "answersByTool">;

export function readAnswer(answer: TurnAnswer["answer"], { answersByTool }: How): ConverseAnswer {
  const read = answer as unknown as ConverseAnswer;
  return answersByTool ? unwrapAnswer(read) : read;
}

/** The events that one read brought come together. */
export async function* readEvents(
  { frames }: TurnStream,
  { answersByTool }: How,
): AsyncGenerator<readonly ConverseStreamEvent[]> {
  const unwrapper = answersByTool ? new AnswerUnwrapper() : undefined;
  for await (const batch of frames) {
    const events = batch.map(({ type, event }) => ({ [type]: event }) as ConverseStreamEvent);
    yield unwrapper ? events.flatMap((event) => unwrapper.map(event)) : events;
  }
}
