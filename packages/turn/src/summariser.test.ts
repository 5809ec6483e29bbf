import { ManualClock, newRequestId } from "@caprock/domain";
import { allModels } from "@caprock/inference";
import { systemRandom } from "@caprock/platform";
import { expect, test } from "vitest";
import { type ConverseOperation, converse } from "./converse-operation.ts";
import { summariserFor } from "./summariser.ts";
import type { TurnAnswer, TurnRequest } from "./turn-request.ts";

const model = allModels.find(({ id }) => id === "amazon.nova-lite-v1:0")!;

test("a summariser is told what is said with citations or to be guarded, and which blocks say nothing", async () => {
  const told: string[] = [];
  const ask = async ({ operation }: TurnRequest) => {
    const { messages } = (operation as ConverseOperation).body;
    told.push(String(messages[0]?.content[0]?.text));
    const message = { role: "assistant", content: [{ text: "The parcel is in the shed." }] };
    return { answer: { output: { message }, stopReason: "end_turn" } } as unknown as TurnAnswer;
  };
  const sizes = { windowTokens: 10_000, maxSummaryTokens: 100, chunkTokens: 1_000, mostPartTokens: 4_000 };
  const summariser = summariserFor(
    { caller: {} } as TurnRequest,
    { modelId: model.id, model, ...sizes, ask },
    { newRequestId: () => newRequestId(new ManualClock(0), systemRandom) },
  );
  const citationsContent = { content: [{ text: "It is in " }, { text: "the shed." }], citations: [{}] };
  await summariser.summarise({
    previous: undefined,
    messages: [
      { role: "user", content: [{ guardContent: { text: { text: "Where is it?" } } }, { image: {} }] },
      { role: "assistant", content: [{ citationsContent }] },
    ],
  });
  expect(told).toEqual([expect.stringContaining('<turn role="assistant">\nIt is in the shed.\n</turn>')]);
  expect(told[0]).toContain("Where is it?\n[image]");
});

test("a question is what its message says, to be guarded or not, without results of tools", () => {
  const result = { toolResult: { toolUseId: "a", content: [{ text: "Rain." }] } };
  const guarded = { guardContent: { text: { text: "And tomorrow?" } } };
  const content = [result, { text: "Thanks." }, guarded];
  expect(converse({ messages: [{ role: "user", content }] }).question).toBe("Thanks.\nAnd tomorrow?");
});
