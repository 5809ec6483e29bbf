/** The response_format of a chat-completions request, and the answer's format that it asks for. */
import { z } from "zod";
import type { AnswerFormat } from "../answer-format/answer-format.ts";
import { refusedMember } from "../openai/refused-member.ts";

/** OpenAI's own pattern for the names of formats. */
export const formatName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/, {
  error: '1 to 64 letters, digits, "_" or "-"',
});
export const formatSchema = z.record(z.string(), z.unknown());

export const responseFormat = z.discriminatedUnion(
  "type",
  [
    z.object({ type: z.literal("text") }),
    z.object({ type: z.literal("json_object") }),
    z.object({
      type: z.literal("json_schema"),
      json_schema: z.object({
        name: formatName,
        description: z.string().nullish(),
        schema: formatSchema.nullish(),
        strict: z.boolean().nullish(),
      }),
    }),
    refusedMember("type", "grammar", "Grammars are not served"),
  ],
  {
    error: (issue) => (issue.code === "invalid_union" ? '"text", "json_object" or "json_schema"' : undefined),
  },
);

/** A format without a schema is any JSON object. */
export function toAnswerFormat(format: z.output<typeof responseFormat> | null | undefined): AnswerFormat {
  if (format?.type !== "json_schema") {
    return format ?? { type: "text" };
  }
  const { name, description, schema } = format.json_schema;
  return schema
    ? { type: "json_schema", name, schema, ...(description && { description }) }
    : { type: "json_object" };
}
