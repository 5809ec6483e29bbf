import { coveredTurns, planSummary, summarise } from "@caprock/context";
import fc from "fast-check";
import { expect, test } from "vitest";
import { historyOf, messagePlace, toSummary } from "./session-history.ts";

/** Turns of several messages each, some with more than one exchange; every text is unlike all others. */
const turns = fc
  .array(fc.array(fc.constantFrom("user" as const, "assistant" as const), { minLength: 1, maxLength: 5 }), {
    minLength: 1,
    maxLength: 12,
  })
  .map((roles) =>
    roles.map((ofTurn, place) => ({
      sequence: place + 1,
      messages: ofTurn.map((role, index) => ({ role, content: [{ text: `<${place + 1}/${index}>` }] })),
    })),
  );
const counter = { message: () => 10 } as unknown as Parameters<typeof planSummary>[3]["counter"];

test("a summary stands for nothing that it was not shown, and is shown everything once, whenever its maker fails or dies", async () => {
  await fc.assert(
    fc.asyncProperty(
      turns,
      fc.array(fc.constantFrom("kept", "failed", "died"), { maxLength: 8 }),
      async (all, fates) => {
        const { messages, ids } = historyOf(all);
        let stored: Parameters<typeof toSummary>[0] | undefined;
        for (const fate of fates) {
          const options = { historyTokens: 20, counter, chunkTokens: 30 };
          const plan = planSummary(messages, ids, stored && toSummary(stored), options);
          const [chunk] = plan?.chunks ?? [];
          if (plan === undefined || chunk === undefined) {
            break;
          }
          const made = await summarise(
            { previous: plan.previous, chunks: [chunk] },
            {
              async summarise({ previous = "", messages: shown }) {
                if (fate === "failed") {
                  throw new Error("away");
                }
                return previous + shown.map(({ content }) => content[0]?.text).join("");
              },
            },
          );
          // Who dies has made a summary, and nobody has it.
          if (fate === "kept" && made.summary) {
            stored = { text: made.summary.text, ...messagePlace(chunk.throughTurnId), oldestAtMs: 0 };
          }
        }
        const covered = coveredTurns(stored && toSummary(stored), ids);
        const toldOf = messages
          .slice(0, covered)
          .map(({ content }) => content[0]?.text)
          .join("");
        expect(stored?.text ?? "").toBe(toldOf);
      },
    ),
    { numRuns: 10_000 },
  );
});
