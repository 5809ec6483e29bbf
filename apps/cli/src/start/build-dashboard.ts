/** Builds the dashboard; turbo does nothing when its sources have not changed. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { childEnvironment } from "@caprock/platform";
import { StartError } from "./start-error.ts";

/** Throws StartError with the end of the build's output when it fails. */
export async function buildDashboard(projectFolder: string): Promise<void> {
  try {
    await promisify(execFile)(
      join(projectFolder, "node_modules/.bin/turbo"),
      ["run", "build", "--filter=@caprock/dashboard"],
      { cwd: projectFolder, env: childEnvironment({ TURBO_TELEMETRY_DISABLED: "1" }), maxBuffer: 1 << 26 },
    );
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    const end = `${stdout}\n${stderr}`.trim().split("\n").slice(-12).join("\n");
    throw new StartError(`The dashboard could not be built.\n${end}`);
  }
}
