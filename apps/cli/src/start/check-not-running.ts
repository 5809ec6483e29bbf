/** Finds out that a data folder is in use, before anything in it is touched. */
import type { LocalJson } from "./local-json.ts";
import { StartError } from "./start-error.ts";

const timeoutMs = 2_000;

/**
 * Throws StartError if the platform that wrote `earlier` still runs. Another one on the same port is told
 * apart by its admin token.
 */
export async function checkNotRunning(earlier: LocalJson, root: string): Promise<void> {
  const answer = await fetch(`${earlier.apiUrl}/admin/v1/tenants`, {
    headers: { authorization: `Bearer ${earlier.adminToken}` },
    signal: AbortSignal.timeout(timeoutMs),
  }).catch(() => undefined);
  await answer?.body?.cancel();
  if (answer?.ok) {
    throw new StartError(
      `Caprock runs from ${root} already: ${earlier.dashboardUrl}. Stop it first, or choose another folder with --data-folder <folder>.`,
    );
  }
}
