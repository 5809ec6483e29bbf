/** Starts a part of the platform as a process of its own, and stops it. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { childEnvironment } from "@caprock/platform";

export interface PartOptions {
  readonly name: string;
  /** A TypeScript or JavaScript file, relative to `folder`. */
  readonly entry: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
}

export interface Part {
  readonly name: string;
  readonly process: ChildProcess;
  readonly logFile: string;
  /** Resolves when the part says that it is ready; never if it ends before. */
  readonly ready: Promise<void>;
  /** Resolves with the exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * Starts the part. It runs in a process group of its own, so that Ctrl-C reaches only the starter, which then
 * stops the parts in order; its IPC channel tells it if the starter dies.
 */
export function spawnPart({ name, entry, folder, environment, logFile }: PartOptions): Part {
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), "--enable-source-maps", entry],
    {
      cwd: folder,
      env: childEnvironment(environment),
      stdio: ["ignore", log, log, "ipc"],
      detached: true,
    },
  );
  closeSync(log);
  return {
    name,
    process: child,
    logFile,
    ready: new Promise((resolve) => child.once("message", () => resolve())),
    ended: new Promise((resolve) => {
      child.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
    }),
  };
}

/** Asks a part to stop, and ends it after `timeoutMs`. */
export async function stopPart({ process: child, ended }: Part, timeoutMs: number): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  await ended;
  clearTimeout(timer);
}

const errorLine = /^\s*(?:Uncaught )?(?:\w*Error|\w*Exception)(?: \[\w+\])?: .+/;

/** How a part ended, in one line: the last error that its log names, and where the log is. */
export async function explainEnd({ name, logFile }: Part, end: number | NodeJS.Signals): Promise<string> {
  const log = await readFile(logFile, "utf8").catch(() => "");
  const cause = log.split("\n").findLast((line) => errorLine.test(line));
  const how = typeof end === "number" ? `exit code ${end}` : end;
  return `The ${name} ended (${how})${cause ? `: ${cause.trim()}` : "."} Look into ${logFile}, then start again.`;
}
