/** Starts a part of the platform as a process of its own, and stops it. */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { childEnvironment } from "@caprock/platform";
import { StartError } from "./start-error.ts";

export interface Part {
  readonly name: string;
  readonly process: ChildProcess;
  readonly logFile: string;
  /** Resolves with the exit code or signal. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface PartOptions {
  readonly name: string;
  /** A TypeScript or JavaScript file, relative to `folder`. */
  readonly entry: string;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
}

/**
 * Starts the part, adds it to `running` at once, and waits until it says that it is ready. It runs in a process group of its own, so that
 * Ctrl-C reaches only the starter, which then stops the parts in order; its IPC channel tells it if the
 * starter dies. Throws StartError with the end of its log if it ends instead.
 */
export async function startPart(
  { name, entry, folder, environment, logFile }: PartOptions,
  running: Part[],
): Promise<void> {
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
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
  });
  running.push({ name, process: child, logFile, ended });
  const ready = new Promise<"ready">((resolve) => child.once("message", () => resolve("ready")));
  const first = await Promise.race([ready, ended]);
  if (first !== "ready") {
    throw new StartError(`The ${name} did not start (${first}). ${await lastLines(logFile)}`);
  }
}

/** Asks a part to stop, and ends it after `timeoutMs`. */
export async function stopPart({ process: child, ended }: Part, timeoutMs: number): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
  await ended;
  clearTimeout(timer);
}

export async function lastLines(logFile: string): Promise<string> {
  const text = await readFile(logFile, "utf8").catch(() => "");
  const lines = text.trim().split("\n").slice(-8).join("\n");
  return `Log: ${logFile}\n${lines}`;
}
