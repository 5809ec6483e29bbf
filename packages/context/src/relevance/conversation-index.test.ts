import { expect, test } from "vitest";
import { evaluationSet } from "../testing/evaluation/evaluation-set.ts";
import { estimateIndexBytes } from "./conversation-index.ts";
import { prepare } from "./prepare.ts";

test("what an index takes is about what was estimated before, in scripts with blanks and without", () => {
  for (const { name, messages } of evaluationSet("development")) {
    // As a long conversation has it, whose words come again.
    const many = Array.from({ length: 20 }, (_, round) =>
      messages.map((message, place) => ({ ...message, id: `${round} ${place}` })),
    ).flat();
    const textBytes = many.reduce((sum, { text }) => sum + Buffer.byteLength(text ?? ""), 0);
    const estimate = estimateIndexBytes(many.length, textBytes);
    const { bytes } = prepare(many);
    expect(bytes, name).toBeLessThan(1.25 * estimate);
    expect(bytes, name).toBeGreaterThan(estimate / 2.5);
  }
});
