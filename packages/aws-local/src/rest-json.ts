/** What services over restJson1 have in common: which operation a request is for, and its body. */
import type { Exchange } from "./exchange.ts";

export interface RestOperation {
  readonly method: string;
  /** For example "/memories/{memoryId}/events". */
  readonly path: string;
}

/** Finds operations by method and path; a slash at a path's end may be left out. */
export class OperationTable<T extends RestOperation> {
  readonly #operations: readonly { readonly operation: T; readonly pattern: RegExp }[];

  constructor(operations: readonly T[]) {
    this.#operations = operations.map((operation) => ({ operation, pattern: patternOf(operation.path) }));
  }

  /** With the path's labels, decoded. Throws URIError when one is not percent-encoded as it should be. */
  find({ method, path }: Exchange): { operation: T; labels: Record<string, string> } | undefined {
    for (const { operation, pattern } of this.#operations) {
      const match = operation.method === method ? pattern.exec(path) : null;
      if (match) {
        const labels = Object.entries(match.groups ?? {}).map(([name, value]) => [
          name,
          decodeURIComponent(value),
        ]);
        return { operation, labels: Object.fromEntries(labels) };
      }
    }
    return undefined;
  }
}

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{(\w+)\}/g, "(?<$1>[^/]+)").replace(/\/$/, "/?")}$`);
}

/** An empty body is an empty object. Throws SyntaxError. */
export function readJson(body: Buffer): unknown {
  return JSON.parse(body.toString() || "{}");
}
