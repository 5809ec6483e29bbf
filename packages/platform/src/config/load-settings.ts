/** Reads the environment: the only place that does. */
import type { z } from "zod";

/** A setting that is missing or unusable. The message names each one and what it should be. */
export class SettingsError extends Error {
  override name = "SettingsError";
}

/**
 * Reads a process's settings from the environment.
 * Throws SettingsError with one line for each bad setting; values are not repeated, they may be secret.
 */
export function loadSettings<T extends z.ZodObject>(
  schema: T,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): z.infer<T> {
  const result = schema.safeParse(environment);
  if (result.success) {
    return result.data;
  }
  const lines = result.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  throw new SettingsError(`Bad settings. ${lines.join("; ")}`);
}

/** The environment for a child process: this one's, with changes; `undefined` removes a variable. */
export function childEnvironment(
  changes: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  return { ...process.env, ...changes };
}
