/** Reads the arguments of a tool call, which OpenAI's wire carries as a text of JSON. */
import type { Refusal } from "@caprock/domain";
import { isNestedDeeperThan, mostNesting } from "./nesting.ts";
import { refuseInvalid } from "./refuse-invalid.ts";

type JsonObject = Readonly<Record<string, unknown>>;

/** The object that `text` holds; no text at all stands for `{}`, as models write it for a call without arguments. */
export function readToolArguments(text: string, param: string): { readonly value: JsonObject } | Refusal {
  const value = text === "" ? {} : parse(text);
  if (!isObject(value)) {
    return refuseInvalid(
      param,
      `\`${param}\` is a string of length ${text.length}; it must be the text of a JSON object.`,
    );
  }
  if (isNestedDeeperThan(value, mostNesting)) {
    return refuseInvalid(
      param,
      `\`${param}\` is nested too deeply; it must have at most ${mostNesting} levels.`,
    );
  }
  return { value };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
