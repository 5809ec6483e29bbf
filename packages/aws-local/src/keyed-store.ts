/** What a service keeps, by kind and key, in a file of changes when there is a folder. */
import { z } from "zod";
import { JsonLines } from "./json-lines.ts";

const changeSchema = z.object({
  kind: z.string(),
  key: z.string(),
  /** Absent when it was deleted. */
  value: z.unknown().optional(),
});
type Change = z.infer<typeof changeSchema>;
type Schemas = Readonly<Record<string, z.ZodType>>;

/** One schema for each kind of thing; a line of the file that fits none is passed over. */
export class KeyedStore<S extends Schemas> {
  readonly #file: JsonLines<Change>;
  readonly #schemas: S;
  readonly #maps: { readonly [K in keyof S]: Map<string, z.infer<S[K]>> };

  constructor(path: string | undefined, schemas: S) {
    this.#schemas = schemas;
    this.#maps = Object.fromEntries(Object.keys(schemas).map((kind) => [kind, new Map()])) as {
      [K in keyof S]: Map<string, z.infer<S[K]>>;
    };
    this.#file = new JsonLines(path, changeSchema);
    const changes = this.#file.read();
    for (const { kind, key, value } of changes) {
      this.#set(kind, key, value);
    }
    if (changes.length > 0) {
      this.#file.rewrite(
        Object.keys(schemas).flatMap((kind) =>
          [...(this.#maps[kind] ?? [])].map(([key, value]) => ({ kind, key, value })),
        ),
      );
    }
  }

  all<K extends keyof S>(kind: K): z.infer<S[K]>[] {
    return [...this.#maps[kind].values()];
  }

  get<K extends keyof S>(kind: K, key: string): z.infer<S[K]> | undefined {
    return this.#maps[kind].get(key);
  }

  put<K extends keyof S & string>(kind: K, key: string, value: z.infer<S[K]>): void {
    this.#maps[kind].set(key, value);
    this.#file.append([{ kind, key, value }]);
  }

  delete(kind: keyof S & string, key: string): void {
    if (this.#maps[kind]?.delete(key)) {
      this.#file.append([{ kind, key }]);
    }
  }

  close(): void {
    this.#file.close();
  }

  #set(kind: string, key: string, value: unknown): void {
    const map: Map<string, unknown> | undefined = this.#maps[kind];
    const schema = this.#schemas[kind];
    if (value === undefined) {
      map?.delete(key);
    } else if (schema) {
      map?.set(key, schema.parse(value));
    }
  }
}
