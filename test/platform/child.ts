/** A part of the platform as a process of its own, as it is deployed: started, asked to stop, or killed. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { childEnvironment } from "@caprock/platform";

export interface Child {
  /** What it said when it was ready. */
  readonly ready: { readonly port?: number };
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Everything it has written to stdout and stderr. */
  log(): Promise<string>;
  signal(name: NodeJS.Signals): void;
}

export interface ChildOptions {
  readonly app: "api" | "worker";
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly logFile: string;
}

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

/** Resolves when the process says that it is ready. Throws with the end of its log when it ends instead. */
export async function startChild({ app, environment, logFile }: ChildOptions): Promise<Child> {
  const log = openSync(logFile, "a", 0o600);
  const child: ChildProcess = spawn(process.execPath, ["--import", tsx, "src/node.ts"], {
    cwd: fileURLToPath(new URL(`../../apps/${app}/`, import.meta.url)),
    env: childEnvironment(environment),
    stdio: ["ignore", log, log, "ipc"],
  });
  closeSync(log);
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 1));
  });
  const ready = await Promise.race([
    new Promise<{ port?: number }>((resolve) =>
      child.once("message", (message) => resolve(message as object)),
    ),
    ended.then(async (end) => {
      const lines = await readFile(logFile, "utf8");
      throw new Error(`The ${app} ended with ${end} before it was ready:\n${lines.slice(-2_000)}`);
    }),
  ]);
  return {
    ready,
    ended,
    log: () => readFile(logFile, "utf8"),
    signal: (name) => child.kill(name),
  };
}
