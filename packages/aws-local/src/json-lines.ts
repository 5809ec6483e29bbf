/** A file of JSON lines that grows by appending, so that a killed process has kept all that it answered. */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import type { z } from "zod";

export class JsonLines<T> {
  readonly #path: string | undefined;
  readonly #schema: z.ZodType<T>;
  #file: number | undefined;

  /** Without a path nothing is kept. */
  constructor(path: string | undefined, schema: z.ZodType<T>) {
    this.#path = path;
    this.#schema = schema;
    if (path !== undefined) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    }
  }

  /** Every line, oldest first. The last one may be cut short by a crash and is then passed over. */
  read(): T[] {
    if (this.#path === undefined || !existsSync(this.#path)) {
      return [];
    }
    const lines = readFileSync(this.#path, "utf8").split("\n");
    return lines.flatMap((line) => {
      try {
        return [this.#schema.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
  }

  append(values: readonly T[]): void {
    if (this.#path !== undefined) {
      this.#file ??= openSync(this.#path, "a", 0o600);
      writeSync(this.#file, linesOf(values));
    }
  }

  /** Replaces the file's content, whole or not at all. */
  rewrite(values: readonly T[]): void {
    if (this.#path !== undefined) {
      const draft = openSync(`${this.#path}.draft`, "w", 0o600);
      writeSync(draft, linesOf(values));
      renameSync(`${this.#path}.draft`, this.#path);
      this.close();
      this.#file = draft;
    }
  }

  close(): void {
    if (this.#file !== undefined) {
      closeSync(this.#file);
      this.#file = undefined;
    }
  }
}

function linesOf(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join("");
}
