/** The workspace as the rules see it: its packages, their manifests and their source files. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { readSourceFile, type SourceFile } from "./source-file.ts";

const names = z.record(z.string(), z.string()).default({});
export const manifest = z.object({
  name: z.string(),
  exports: names,
  scripts: names,
  dependencies: names,
  peerDependencies: names,
  devDependencies: names,
});
export type Manifest = z.infer<typeof manifest>;

export interface Package {
  /** From the workspace's root: "packages/domain". */
  readonly folder: string;
  readonly manifest: Manifest;
  readonly files: readonly SourceFile[];
  /** The names that a dependency of the package, itself declared, needs beside it. */
  readonly peersOf: (dependency: string) => readonly string[];
}

export interface Workspace {
  readonly packages: readonly Package[];
}

/** What breaks a rule: where, and what is there. */
export interface Violation {
  readonly file: string;
  readonly line?: number;
  readonly message: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const generated = new Set([".git", "node_modules", "dist", "cdktf.out", ".turbo", ".caprock", "coverage"]);
const isSource = /\.(ts|tsx|mjs)$/;

export function readWorkspace(): Workspace {
  const folders = ["apps", "packages"].flatMap((group) =>
    readdirSync(join(root, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `${group}/${entry.name}`),
  );
  return { packages: [...folders, "infra", "test"].map(readPackage) };
}

function readPackage(folder: string): Package {
  const text = (path: string) => readFileSync(join(root, path), "utf8");
  return {
    folder,
    manifest: manifest.parse(JSON.parse(text(`${folder}/package.json`))),
    files: listFiles(folder, isSource).map((path) => readSourceFile(path, text(path))),
    peersOf: (dependency) => {
      const { peerDependencies } = JSON.parse(text(`${folder}/node_modules/${dependency}/package.json`));
      return Object.keys(peerDependencies ?? {});
    },
  };
}

/** The files below a folder whose names are wanted, by their paths from the workspace's root; none that were generated. */
export function listFiles(folder: string, wanted: RegExp): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return generated.has(entry.name) ? [] : listFiles(path, wanted);
    }
    return wanted.test(entry.name) ? [path] : [];
  });
}

/** Tests and what only they use: they may reach for real parts that product code must be given. */
export function isTestFile(path: string): boolean {
  return (
    path.startsWith("test/") ||
    /\.test\.tsx?$/.test(path) ||
    /\/(testing|test-clients)(\/|\.ts$)/.test(path) ||
    /\/vitest\.config\.ts$/.test(path)
  );
}

/** The package that a specifier names, without what is below it: "@scope/name", "name"; node's own are none. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|node:)/.test(specifier)) {
    return undefined;
  }
  const [first = "", second] = specifier.split("/");
  return first.startsWith("@") ? `${first}/${second}` : first;
}

/** Every import of every file, with the package it stands in. */
export function allImports({ packages }: Workspace) {
  return packages.flatMap((inside) =>
    inside.files.flatMap((file) => file.imports.map((imported) => ({ inside, file, imported }))),
  );
}
