/** Which processes exist, and who started them, by Linux's /proc or by `ps`. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { promisify } from "node:util";

export interface RunningProcess {
  readonly pid: number;
  readonly parentPid: number;
  /** Program and arguments. */
  readonly command: string;
}

/** A process, what it started, what that started, and so on; those that have ended are left out. */
export async function processTree(root: number): Promise<RunningProcess[]> {
  const all = await runningProcesses();
  const tree = all.filter(({ pid }) => pid === root);
  for (const parent of tree) {
    tree.push(...all.filter(({ parentPid }) => parentPid === parent.pid));
  }
  return tree;
}

/** Those of the processes that still run. */
export async function stillRunning(processes: readonly RunningProcess[]): Promise<RunningProcess[]> {
  const all = await runningProcesses();
  // The command is compared because a system may give an id again.
  return processes.filter((one) =>
    all.some(({ pid, command }) => pid === one.pid && command === one.command),
  );
}

async function runningProcesses(): Promise<RunningProcess[]> {
  const rows = existsSync("/proc/self/stat") ? await fromProc() : await fromPs();
  // A zombie has ended; only its parent has not asked how.
  return rows.filter(({ state }) => !state.startsWith("Z"));
}

async function fromProc() {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  return Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, "utf8").catch(() => "");
      const [stat, command] = await Promise.all([read("stat"), read("cmdline")]);
      // The name in parentheses may hold anything; state and parent follow it.
      const [state = "Z", parentPid] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return {
        pid: Number(pid),
        parentPid: Number(parentPid),
        state,
        command: command.replaceAll("\0", " "),
      };
    }),
  );
}

async function fromPs() {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,stat=,command="]);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [pid, parentPid, state = "", ...command] = line.trim().split(/\s+/);
      return { pid: Number(pid), parentPid: Number(parentPid), state, command: command.join(" ") };
    });
}
