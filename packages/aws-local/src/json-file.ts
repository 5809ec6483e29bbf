/** A small JSON file that is written whole or not at all. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { z } from "zod";

export class JsonFile<T> {
  readonly #path: string | undefined;
  readonly #schema: z.ZodType<T>;

  /** Without a path nothing is kept. */
  constructor(path: string | undefined, schema: z.ZodType<T>) {
    this.#path = path;
    this.#schema = schema;
  }

  /** What was written last, or undefined. Throws when the file holds something else. */
  read(): T | undefined {
    return this.#path !== undefined && existsSync(this.#path)
      ? this.#schema.parse(JSON.parse(readFileSync(this.#path, "utf8")))
      : undefined;
  }

  write(value: T): void {
    if (this.#path !== undefined) {
      mkdirSync(dirname(this.#path), { recursive: true, mode: 0o700 });
      writeFileSync(`${this.#path}.draft`, JSON.stringify(value), { mode: 0o600 });
      renameSync(`${this.#path}.draft`, this.#path);
    }
  }
}
