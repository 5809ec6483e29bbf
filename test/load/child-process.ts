/** Starts a TypeScript file of the project as a process of its own, and waits until it says that it is ready. */
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { childEnvironment } from "@caprock/platform";

const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;

export interface Started {
  readonly ready: Readonly<Record<string, unknown>>;
  /** Asks the process, and resolves with what it answers. */
  ask(): Promise<Readonly<Record<string, unknown>>>;
  stop(): Promise<void>;
}

/** `file` is a path from the top of the repository. The process does not outlive this one. */
export async function startProcess(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
  args: readonly string[] = [],
): Promise<Started> {
  const path = new URL(`../../${file}`, import.meta.url);
  const child = spawn(process.execPath, ["--import", tsx, fileURLToPath(path), ...args], {
    cwd: fileURLToPath(new URL(".", path)),
    env: childEnvironment(environment),
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const ready = await Promise.race([
    new Promise<Started["ready"]>((resolve) =>
      child.once("message", (message) => resolve(message as Started["ready"])),
    ),
    ended.then(() => {
      throw new Error(`${file} ended before it was ready.`);
    }),
  ]);
  return {
    ready,
    ask: () =>
      new Promise((resolve) => {
        child.once("message", (message) => resolve(message as Started["ready"]));
        child.send({});
      }),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
