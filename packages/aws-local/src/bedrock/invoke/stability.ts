/** Stability's bodies: a prompt, and a tiny picture whose colour comes of it. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { parseBody } from "../validate.ts";
import type { Maker } from "./made.ts";
import { simulatedPng } from "./png.ts";

const request = z.looseObject({
  prompt: z.string().min(1).max(10_000),
  aspect_ratio: z.enum(["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"]).optional(),
  output_format: z.enum(["png", "jpeg", "PNG", "JPEG"]).optional(),
});

const side = 16;

/** A prompt with `[[filtered]]` is answered as one that Stability's filter stops. Whatever is asked for, it is a PNG. */
export const stabilityMaker: Maker = {
  make(body) {
    const { prompt } = parseBody(request, body);
    if (prompt.includes("[[filtered]]")) {
      return { answer: { finish_reasons: ["Filter reason: prompt"] }, inputTokens: 0, units: {} };
    }
    const [red = 0, green = 0, blue = 0] = createHash("sha256").update(prompt).digest();
    return {
      answer: {
        seeds: [1],
        finish_reasons: [null],
        images: [simulatedPng(side, [red, green, blue]).toString("base64")],
      },
      inputTokens: 0,
      units: { image: 1 },
    };
  },
};
