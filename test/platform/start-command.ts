/** The `caprock start` command as a user runs it: a process of its own, its screen, its files, its processes. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { childEnvironment } from "@caprock/platform";
import getPort, { portNumbers } from "get-port";
import { z } from "zod";
import { processTree, type RunningProcess } from "./process-tree.ts";

/** The `caprock` command. */
export const commandFile = fileURLToPath(new URL("../../apps/cli/bin/caprock.mjs", import.meta.url));
const builtDashboard = fileURLToPath(new URL("../../apps/dashboard/dist/index.html", import.meta.url));
const lastLineOfScreen = "Stop with Ctrl-C.";

const localJson = z.strictObject({
  apiUrl: z.url(),
  dashboardUrl: z.url(),
  awsLocalUrl: z.url(),
  adminToken: z.string(),
  accessKeySecret: z.string(),
  tokenPrivateKey: z.string(),
  tenants: z.array(z.strictObject({ id: z.string(), name: z.string(), apiKey: z.string() })),
});
export type LocalJson = z.infer<typeof localJson>;

export interface Ports {
  readonly api: number;
  readonly dashboard: number;
  readonly awsLocal: number;
  readonly worker: number;
}

export interface StartOptions {
  readonly dataFolder: string;
  readonly ports: Ports;
  /** More options, for example "--fresh". */
  readonly options?: readonly string[];
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

/** A run of the command, from its first moment. */
export interface Run {
  /** Resolves with the exit code, or the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** What it has printed, stdout and stderr together. */
  output(): string;
  /** Resolves when it has printed `text`. Throws when it ends without. */
  printed(text: string): Promise<void>;
  /** The processes it consists of now, its own first. */
  processes(): Promise<RunningProcess[]>;
  /** As Ctrl-C does it: to the whole process group. */
  interrupt(): void;
  kill(): void;
}

/** A run whose platform answers. */
export interface Started extends Run {
  readonly local: LocalJson;
}

const opened = new Set<Run>();
const folders = new Set<string>();

/** Four free ports. */
export async function freePorts(): Promise<Ports> {
  // Below the range that systems take ports of outgoing connections from: between the finding and the use of a port another
  // process may open one. Each process begins elsewhere, as many look at once.
  const first = 10_000 + ((process.pid * 101) % 20_000);
  const free = () => getPort({ port: portNumbers(first, first + 100) });
  const [api, dashboard, awsLocal, worker] = [await free(), await free(), await free(), await free()];
  return { api, dashboard, awsLocal, worker };
}

/** A folder that does not exist yet, inside one that `endAll` removes. */
export async function newDataFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "caprock-start-"));
  folders.add(folder);
  return join(folder, "data");
}

/** Runs `caprock start`. Throws when the dashboard has not been built, which the command does not do itself. */
export function runStart({ dataFolder, ports, options = [], environment = {} }: StartOptions): Run {
  if (!existsSync(builtDashboard)) {
    throw new Error("The dashboard is not built: pnpm turbo run build --filter=@caprock/dashboard");
  }
  const child = spawn(
    process.execPath,
    [
      commandFile,
      "start",
      ...["--api-port", String(ports.api), "--dashboard-port", String(ports.dashboard)],
      ...["--aws-local-port", String(ports.awsLocal), "--worker-port", String(ports.worker)],
      ...["--data-folder", dataFolder, ...options],
    ],
    {
      // Its own process group, as a shell gives to a command.
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: childEnvironment({ MODEL_URL: undefined, MODEL_NAME: undefined, ...environment }),
    },
  );
  const pid = child.pid ?? 0;
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const listener of listeners) {
        listener();
      }
    });
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => resolve(code ?? signal ?? 1));
  });
  const run: Run = {
    ended,
    output: () => output,
    async printed(text) {
      const seen = new Promise<"seen">((resolve) => {
        const look = () => output.includes(text) && resolve("seen");
        listeners.add(look);
        look();
      });
      if ((await Promise.race([seen, ended])) !== "seen") {
        throw new Error(`The command ended without printing "${text}":\n${output}`);
      }
    },
    processes: () => processTree(pid),
    interrupt: () => process.kill(-pid, "SIGINT"),
    kill: () => child.kill("SIGKILL"),
  };
  opened.add(run);
  void ended.then(() => opened.delete(run));
  return run;
}

/** Runs `caprock start` and waits for its screen. */
export async function startCommand(options: StartOptions): Promise<Started> {
  const run = runStart(options);
  await run.printed(lastLineOfScreen);
  const local = localJson.parse(JSON.parse(await readFile(join(options.dataFolder, "local.json"), "utf8")));
  return { ...run, local };
}

/** Kills what a failed test has left running, and removes the folders. */
export async function endAll(): Promise<void> {
  const left = [...opened];
  const processes = (await Promise.all(left.map((run) => run.processes()))).flat();
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
  await Promise.all(left.map(({ ended }) => ended));
  await Promise.all([...folders].map((folder) => rm(folder, { recursive: true, force: true })));
  folders.clear();
}
