/** The folder that keeps everything `start` makes: data, logs, keys. */
import { chmod, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { StartError } from "./start-error.ts";

export interface DataFolder {
  readonly root: string;
  /** aws-local's tables, buckets and witness. */
  readonly data: string;
  readonly logs: string;
  /** URLs, admin token and keys, for scripts. */
  readonly localJson: string;
}

/** Its places below `root`; nothing is made. */
export function dataFolderAt(root: string): DataFolder {
  return {
    root,
    data: join(root, "data"),
    logs: join(root, "logs"),
    localJson: join(root, "local.json"),
  };
}

/**
 * Makes the folder, readable by its owner only; `fresh` empties it first. Throws StartError if that cannot be
 * done, or if the folder holds someone else's files: it would take their permissions, or delete them.
 */
export async function openDataFolder(folder: DataFolder, fresh: boolean): Promise<void> {
  const { root, data, logs, localJson } = folder;
  try {
    await makeFolder(root);
    const own = [data, logs, localJson].map((path) => basename(path));
    const foreign = (await readdir(root)).find((name) => !name.startsWith(".") && !own.includes(name));
    if (foreign !== undefined) {
      throw new StartError(
        `${root} holds other files (${foreign}). Choose an empty folder with --data-folder <folder>.`,
      );
    }
    if (fresh) {
      await Promise.all([data, logs, localJson].map((path) => rm(path, { recursive: true, force: true })));
    }
    await chmod(root, 0o700);
    await makeFolder(data);
    await makeFolder(logs);
    const probe = join(root, ".writable");
    await writeFile(probe, "");
    await rm(probe);
  } catch (error) {
    if (error instanceof StartError) {
      throw error;
    }
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new StartError(
      `Cannot write to ${root}${code}. Make it writable, or choose another folder with --data-folder <folder>.`,
    );
  }
}

/** Not recursive: where nothing can be made, below /proc for one, Node would try the parents for ever. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") {
      throw error;
    }
  });
}
