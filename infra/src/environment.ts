/** How a settings schema types a function's environment, so that a renamed setting fails the type check. */
import type { z } from "zod";

/** Names and optionality as in the schema's input; the values of an environment are always text. */
type TextOf<Input> = { readonly [Name in keyof Input]: string };

export type EnvironmentOf<Schema extends z.ZodObject> = TextOf<z.input<Schema>>;
