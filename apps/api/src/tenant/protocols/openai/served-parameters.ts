/** What becomes of each documented member of a request: it is mapped, ignored with a warning, or refused by its name. */
import { type Refusal, refusal } from "@caprock/domain";

export type Treatment =
  | { readonly kind: "mapped" }
  /** The answer is the same without it; `why` completes "… is ignored: …". */
  | { readonly kind: "ignored"; readonly why: string; readonly without?: (value: unknown) => boolean }
  /** It would change the answer. `without` tells the values that ask for nothing; `only` says them in words. */
  | { readonly kind: "refused"; readonly only?: string; readonly without?: (value: unknown) => boolean };

/** By member. A wire's table is checked against the types of OpenAI's SDK, so that it names all there are. */
export type ServedParameters = Readonly<Record<string, Treatment>>;

/** Members that are Caprock's own, beside OpenAI's. */
export type OwnMember = "documents";

export const mapped: Treatment = { kind: "mapped" };

export function ignored(why: string): Treatment {
  return { kind: "ignored", why };
}

/** Served only as a value that asks for nothing. */
export function refusedUnless(only: string, without: (value: unknown) => boolean): Treatment {
  return { kind: "refused", only, without };
}

export const refused: Treatment = { kind: "refused" };
export const isFalse = (value: unknown): boolean => value === false;
export const isZero = (value: unknown): boolean => value === 0;

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const longestNameShown = 64;

/** Warnings for what is ignored, or the refusal of the first member that is not served. `null` means "not sent". */
export function reviewMembers(
  body: object,
  table: ServedParameters,
): { readonly warnings: readonly string[] } | Refusal {
  const warnings: string[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (value === null || value === undefined) {
      continue;
    }
    const treatment: Treatment = Object.hasOwn(table, name) ? (table[name] ?? refused) : refused;
    if (treatment.kind === "mapped" || treatment.without?.(value)) {
      continue;
    }
    if (treatment.kind === "ignored") {
      warnings.push(`${name} is ignored: ${treatment.why}`);
      continue;
    }
    const param = name.slice(0, longestNameShown);
    const message =
      treatment.only === undefined
        ? `\`${param}\` is not served here and might change the answer. Leave it out.`
        : `\`${param}\` is served only as ${treatment.only}.`;
    return refusal({ code: "unsupported_parameter", message, param });
  }
  return { warnings };
}
