/** Reads a JSON body within the bounds of size and nesting that the API accepts. */
import { type Refusal, refusal } from "@caprock/domain";

export interface BodyLimits {
  readonly maxBodyBytes: number;
}

/** Deeper than any documented request; what walks a body by recursion stays far from the stack's end. */
const deepestNesting = 100;

/** Returns the parsed body, or a refusal with `body_too_large`, `invalid_json` or `invalid_request`. */
export async function readJson(
  request: Request,
  limits: BodyLimits,
): Promise<{ readonly value: unknown } | Refusal> {
  const bytes = await readBytes(request, limits);
  return "refused" in bytes ? bytes : parseJson(bytes.value);
}

/** The value, or a refusal with `invalid_json` or `invalid_request`. */
export function parseJson(bytes: Uint8Array): { readonly value: unknown } | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    const position = /position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
    const where = position === undefined ? "" : ` Reading stopped at position ${position}.`;
    return refusal({ code: "invalid_json", message: `The body is not JSON.${where}` });
  }
  return isTooDeep(value)
    ? refusal({
        code: "invalid_request",
        message: `The body is nested deeper than ${deepestNesting} levels.`,
      })
    : { value };
}

/** The whole body, or a refusal with `body_too_large` or `invalid_request`. */
export async function readBytes(
  request: Request,
  { maxBodyBytes }: BodyLimits,
): Promise<{ readonly value: Uint8Array } | Refusal> {
  if (Number(request.headers.get("content-length") ?? 0) > maxBodyBytes) {
    return tooLarge(maxBodyBytes);
  }
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for await (const chunk of request.body ?? []) {
      total += chunk.byteLength;
      if (total > maxBodyBytes) {
        return tooLarge(maxBodyBytes);
      }
      chunks.push(chunk);
    }
  } catch {
    // Its sender is gone: a failure of nothing here, and nobody hears the answer.
    return refusal({ code: "invalid_request", message: "The body ended before it was complete." });
  }
  return { value: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks) };
}

function tooLarge(maxBodyBytes: number): Refusal {
  return refusal({
    code: "body_too_large",
    message: `The body is larger than the ${maxBodyBytes} bytes this deployment accepts.`,
  });
}

function isTooDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; depth <= deepestNesting; depth += 1) {
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value === "object" && value !== null) {
        for (const member of Object.values(value)) {
          if (typeof member === "object" && member !== null) {
            next.push(member);
          }
        }
      }
    }
    if (next.length === 0) {
      return false;
    }
    level = next;
  }
  return true;
}
