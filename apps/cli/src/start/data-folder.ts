/** The folder that keeps everything `start` makes: data, logs, keys. */
import { chmod, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StartError } from "./start-error.ts";

export interface DataFolder {
  readonly root: string;
  /** aws-local's tables, buckets and witness. */
  readonly data: string;
  readonly logs: string;
  /** URLs, admin token and keys, for scripts. */
  readonly localJson: string;
}

/** Makes the folder, readable by its owner only; `fresh` empties it first. Throws StartError. */
export async function openDataFolder(root: string, fresh: boolean): Promise<DataFolder> {
  const folder: DataFolder = {
    root,
    data: join(root, "data"),
    logs: join(root, "logs"),
    localJson: join(root, "local.json"),
  };
  try {
    if (fresh) {
      await Promise.all(
        [folder.data, folder.logs, folder.localJson].map((path) =>
          rm(path, { recursive: true, force: true }),
        ),
      );
    }
    await mkdir(folder.data, { recursive: true, mode: 0o700 });
    await mkdir(folder.logs, { recursive: true, mode: 0o700 });
    await chmod(root, 0o700);
    const probe = join(root, ".writable");
    await writeFile(probe, "");
    await rm(probe);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? ` (${String(error.code)})` : "";
    throw new StartError(
      `Cannot write to ${root}${code}. Make it writable, or choose another folder with --data-folder <folder>.`,
    );
  }
  return folder;
}
