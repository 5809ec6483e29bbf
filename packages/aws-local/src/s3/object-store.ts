/** Buckets as folders and objects as files, so that a developer can look at them. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { newId } from "../system.ts";

const attributesSchema = z.object({
  etag: z.string(),
  /** The headers to give back: content type and encoding, x-amz-meta-*. */
  headers: z.record(z.string(), z.string()),
});

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly modifiedMs: number;
}

export interface ListedObject {
  readonly key: string;
  readonly size: number;
  readonly modifiedMs: number;
}

const bucketName = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;

/** The prefixes keep "a" and "a/b" apart, and make "." and ".." ordinary names. */
const prefixes = { folder: "d-", content: "f-", attributes: "m-" };

export class ObjectStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Makes a bucket; one that exists is kept. False when S3 does not allow the name. */
  async createBucket(bucket: string): Promise<boolean> {
    if (bucketName.test(bucket)) {
      await mkdir(join(this.#folder, bucket), { recursive: true });
      return true;
    }
    return false;
  }

  async hasBucket(bucket: string): Promise<boolean> {
    return bucketName.test(bucket) && (await exists(join(this.#folder, bucket)));
  }

  /** Writes an object whole or not at all, and tells its ETag (the MD5 of its content, hex). */
  async put(
    bucket: string,
    key: string,
    body: Buffer,
    headers: Readonly<Record<string, string>>,
  ): Promise<string> {
    const { folder, content, attributes } = this.#paths(bucket, key);
    const etag = createHash("md5").update(body).digest("hex");
    await mkdir(folder, { recursive: true });
    const draft = join(folder, `draft-${newId()}`);
    await writeFile(draft, JSON.stringify({ etag, headers }));
    await rename(draft, attributes);
    await writeFile(draft, body);
    await rename(draft, content);
    return etag;
  }

  async get(bucket: string, key: string): Promise<StoredObject | undefined> {
    const { content, attributes } = this.#paths(bucket, key);
    try {
      const { mtimeMs } = await stat(content);
      const known = attributesSchema.parse(JSON.parse(await readFile(attributes, "utf8")));
      return { body: await readFile(content), modifiedMs: mtimeMs, ...known };
    } catch (error) {
      return ifMissing(error, undefined);
    }
  }

  async delete(bucket: string, key: string): Promise<void> {
    const { content, attributes } = this.#paths(bucket, key);
    await rm(content, { force: true });
    await rm(attributes, { force: true });
  }

  /** Every object whose key starts with `prefix`, in the order of S3: by the key's UTF-8 bytes. */
  async list(bucket: string, prefix: string): Promise<ListedObject[]> {
    const parents = prefix.split("/").slice(0, -1);
    const objects = await walk(join(this.#folder, bucket), parents);
    return objects
      .filter(({ key }) => key.startsWith(prefix))
      .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  }

  #paths(bucket: string, key: string): { folder: string; content: string; attributes: string } {
    const segments = key.split("/").map(encodeURIComponent);
    const name = segments.pop() ?? "";
    const folder = join(this.#folder, bucket, ...segments.map((segment) => prefixes.folder + segment));
    return {
      folder,
      content: join(folder, prefixes.content + name),
      attributes: join(folder, prefixes.attributes + name),
    };
  }
}

async function walk(bucketFolder: string, parents: readonly string[]): Promise<ListedObject[]> {
  const folder = join(bucketFolder, ...parents.map((parent) => prefixes.folder + encodeURIComponent(parent)));
  const names = await readdir(folder).catch((error) => ifMissing<string[]>(error, []));
  const found = await Promise.all(
    names.map(async (name): Promise<ListedObject[]> => {
      const own = decodeURIComponent(name.slice(2));
      if (name.startsWith(prefixes.folder)) {
        return walk(bucketFolder, [...parents, own]);
      }
      const known = name.startsWith(prefixes.content)
        ? await stat(join(folder, name)).catch((error) => ifMissing(error, undefined))
        : undefined;
      return known ? [{ key: [...parents, own].join("/"), size: known.size, modifiedMs: known.mtimeMs }] : [];
    }),
  );
  return found.flat();
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error) => ifMissing(error, false),
  );
}

function ifMissing<T>(error: unknown, value: T): T {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return value;
  }
  throw error;
}
