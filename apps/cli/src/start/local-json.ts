/** `.caprock/local.json`: how scripts find the running platform, and how `start` finds its tenants again. */
import { chmod, readFile, writeFile } from "node:fs/promises";
import { z } from "zod";

const localJson = z.object({
  apiUrl: z.string(),
  dashboardUrl: z.string(),
  awsLocalUrl: z.string(),
  adminToken: z.string().min(32),
  /** Makes the access key pairs of callers that sign with AWS SDKs. */
  accessKeySecret: z.string().min(32),
  /** Signs access tokens. */
  tokenPrivateKey: z.string(),
  tenants: z.array(z.object({ id: z.string(), name: z.string(), apiKey: z.string() })),
});
export type LocalJson = z.infer<typeof localJson>;

/** What an earlier start wrote; undefined when there is none that can be read. */
export async function readLocalJson(path: string): Promise<LocalJson | undefined> {
  try {
    return localJson.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Writes the file for its owner only: it holds the admin token and tenants' keys. */
export async function writeLocalJson(path: string, value: LocalJson): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  // The mode above counts for a new file only.
  await chmod(path, 0o600);
}
