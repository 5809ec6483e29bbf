/** A package.json tells what its package imports: no less, no more, and in the right list. */
import { isTestFile, type Package, packageOf, type Violation, type Workspace } from "../workspace.ts";

/** Commands whose names are not those of their packages. */
const commands: Readonly<Record<string, string>> = { typescript: "tsc" };

/** Packages whose build or files are used without an import: turbo must know, to run and rerun in the right order. */
const usedOtherwise: Readonly<Record<string, readonly string[]>> = {
  "@caprock/infra": ["@caprock/api", "@caprock/edge-auth", "@caprock/worker"],
  "@caprock/test": [
    "@caprock/api",
    "@caprock/cli",
    "@caprock/dashboard",
    "@caprock/infra",
    "@caprock/worker",
  ],
};

export function wrongManifests({ packages }: Workspace): Violation[] {
  const exportsOf = new Map(packages.map(({ manifest }) => [manifest.name, manifest.exports]));
  return packages.flatMap((inside) => [...undeclared(inside, exportsOf), ...unused(inside)]);
}

function undeclared(
  { manifest, files }: Package,
  exportsOf: ReadonlyMap<string, Readonly<Record<string, string>>>,
): Violation[] {
  const { name: own, dependencies, peerDependencies, devDependencies } = manifest;
  return files.flatMap((file) =>
    file.imports.flatMap(({ specifier, typeOnly, line }) => {
      const name = packageOf(specifier);
      if (name === undefined || name === own) {
        return [];
      }
      const violation = (message: string) => [
        { file: file.path, line, message: `"${specifier}": ${message}` },
      ];
      if (!(name in dependencies || name in devDependencies)) {
        return violation("is not in the package.json");
      }
      const product = /\/src\//.test(file.path) && !isTestFile(file.path) && !typeOnly;
      if (product && !(name in dependencies || name in peerDependencies)) {
        return violation("is needed at run time, but stands in devDependencies");
      }
      const subpath = specifier.replace(name, ".");
      const offered = exportsOf.get(name);
      return offered && !(subpath in offered) ? violation("is not among the package's exports") : [];
    }),
  );
}

function unused({ folder, manifest, files, peersOf }: Package): Violation[] {
  const { dependencies, peerDependencies, devDependencies, scripts } = manifest;
  const atRunTime = [...Object.keys(dependencies), ...Object.keys(peerDependencies)];
  const declared = [...new Set([...atRunTime, ...Object.keys(devDependencies)])];
  const imported = new Set(
    files.flatMap((file) => file.imports.map(({ specifier }) => packageOf(specifier))),
  );
  const commandWords = new Set(Object.values(scripts).flatMap((script) => script.split(/[\s&|;]+/)));
  const isUsed = (name: string): boolean =>
    imported.has(name) ||
    commandWords.has(commands[name] ?? name) ||
    files.some(({ strings }) => strings.has(name)) ||
    (usedOtherwise[manifest.name] ?? []).includes(name) ||
    isTypesOfUsed(name, imported) ||
    declared.some((other) => other !== name && imported.has(other) && peersOf(other).includes(name));
  const file = `${folder}/package.json`;
  const runtimeOnlyInTests = atRunTime.filter(
    (name) =>
      imported.has(name) &&
      !files.some(
        ({ path, imports, strings }) =>
          !isTestFile(path) &&
          (strings.has(name) || imports.some(({ specifier }) => packageOf(specifier) === name)),
      ),
  );
  return [
    ...declared
      .filter((name) => !isUsed(name))
      .map((name) => ({ file, message: `"${name}" is declared, but nothing uses it` })),
    ...runtimeOnlyInTests.map((name) => ({
      file,
      message: `"${name}" is used by tests alone: move it to devDependencies`,
    })),
  ];
}

/** "@types/luxon" is used where "luxon" is, "@types/node" wherever files are checked. */
function isTypesOfUsed(name: string, imported: ReadonlySet<string | undefined>): boolean {
  const typed = /^@types\/(.+)$/.exec(name)?.[1];
  return typed === "node" || (typed !== undefined && imported.has(typed));
}
