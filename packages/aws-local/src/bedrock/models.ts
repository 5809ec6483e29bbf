/** The models that aws-local pretends to have. */
import { z } from "zod";
import { AwsError } from "../aws-error.ts";

export const localModelSchema = z.object({
  /** As callers name it: a bare id, or one with an inference profile's prefix. */
  id: z.string().min(1),
  maxOutputTokens: z.number().int().positive(),
  contextWindowTokens: z.number().int().positive(),
  /** Whether CountTokens takes it. */
  countTokens: z.boolean(),
});

export type LocalModel = z.infer<typeof localModelSchema>;

const unlisted = { maxOutputTokens: 64_000, contextWindowTokens: 1_000_000, countTokens: true };

/** Finds a model by the id a caller used. Without a list every id is a model. */
export function findModel(models: readonly LocalModel[] | undefined, id: string): LocalModel {
  const found = models === undefined ? { id, ...unlisted } : models.find((model) => model.id === id);
  if (found === undefined) {
    throw new AwsError("ValidationException", "The provided model identifier is invalid.");
  }
  return found;
}
