/** Packs packages as they would be published, and installs them with npm in an empty folder outside of the workspace. */
import { execFile } from "node:child_process";
import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../", import.meta.url));

const compiler = "node_modules/typescript/bin/tsc";

const published = ["domain", "context", "memory"] as const;

/** The tarballs, by package, in a folder of their own. */
export type Tarballs = Readonly<Record<(typeof published)[number] | "folder", string>>;

export interface Installation extends AsyncDisposable {
  readonly folder: string;
  /** Runs Node in the folder, and tells what it printed. */
  readonly node: (args: readonly string[], environment?: Readonly<Record<string, string>>) => Promise<string>;
  /** Checks the folder's files with TypeScript, libraries included; rejects with what it found. */
  readonly typeCheck: (...options: readonly string[]) => Promise<string>;
}

/** pnpm packs, because npm leaves `workspace:` and `publishConfig.exports` as they are. */
export async function pack(folder: string): Promise<Tarballs> {
  const packing = published.map(async (name) => {
    const options = ["--pack-destination", folder, "--json"];
    const cwd = join(root, "packages", name);
    const { stdout } = await run("npx", ["-y", "pnpm@12", "pack", ...options], { cwd });
    return { [name]: (JSON.parse(stdout) as { filename: string }).filename };
  });
  return Object.assign({ folder }, ...(await Promise.all(packing)));
}

/**
 * Installs tarballs and nothing else, from no registry. `beside` are packages of the workspace's `node_modules` that stand for
 * what npm would fetch, by the package that has them.
 */
export async function install(
  tarballs: readonly string[],
  beside: Readonly<Record<string, readonly string[]>> = {},
): Promise<Installation> {
  const folder = await mkdtemp(join(tmpdir(), "caprock-install-"));
  const linked = await Promise.all(
    Object.entries(beside).flatMap(([owner, names]) =>
      names.map((name) => realpath(join(root, owner, "node_modules", name))),
    ),
  );
  await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  const quietly = ["--offline", "--no-audit", "--no-fund", "--cache", join(folder, "empty-cache")];
  await run("npm", ["install", ...quietly, ...tarballs, ...linked], { cwd: folder });
  return {
    folder,
    node: async (args, environment = {}) =>
      output(run(process.execPath, args, { cwd: folder, env: { ...process.env, ...environment } })),
    typeCheck: async (...options) =>
      output(
        run(process.execPath, [compiler, "--strict", "--skipLibCheck", "false", ...options], { cwd: folder }),
      ),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A failed command's own words are what helps. */
async function output(running: Promise<{ readonly stdout: string }>): Promise<string> {
  try {
    return (await running).stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string };
    throw new Error([stdout, stderr].join("\n").trim() || String(error));
  }
}
