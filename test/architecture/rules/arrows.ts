/** Dependencies between packages point down only. */
import { allImports, isTestFile, packageOf, type Violation, type Workspace } from "../workspace.ts";

const ground = ["domain"];
const above = [...ground, "platform", "contract", "context"];
const middle = ["tenancy", "metering", "throughput", "memory", "inference"];
const story = ["turn", "batch"];
const all = [...above, ...middle, ...story];

/** What each package may import, by the last part of its name. The five in the middle know nothing of each other. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  ...Object.fromEntries(["platform", "contract", "context"].map((name) => [name, ground])),
  ...Object.fromEntries(middle.map((name) => [name, above])),
  ...Object.fromEntries(story.map((name) => [name, [...above, ...middle]])),
  "aws-local": ["domain"],
  dashboard: ["contract"],
  infra: all,
  api: all,
  worker: all,
  "edge-auth": all,
  cli: [...all, "aws-local"],
};

const adapterSubpath =
  /^@caprock\/[^/]+\/(dynamodb|apigateway|oidc|agentcore|bedrock|bedrock-sessions|s3|cloudwatch|emf|sns|sqs|webhook)$/;

export function brokenArrows(workspace: Workspace): Violation[] {
  return allImports(workspace).flatMap(({ inside, file, imported }) => {
    const { specifier, line } = imported;
    const violation = (message: string) => [{ file: file.path, line, message }];
    const from = inside.manifest.name.replace("@caprock/", "");
    if (specifier.startsWith(".")) {
      return leavesPackage(inside.folder, file.path, specifier)
        ? violation(`"${specifier}" reaches into another package by its path`)
        : [];
    }
    const target = packageOf(specifier);
    if (!target?.startsWith("@caprock/") || from === "test") {
      return [];
    }
    const to = target.replace("@caprock/", "");
    const test = isTestFile(file.path);
    const allowed = mayImport[from];
    if (!allowed) {
      return violation(
        `the package "${from}" has no place in the order of packages; give it one in rules/arrows.ts`,
      );
    }
    if (!allowed.includes(to) && !(test && to === "aws-local")) {
      return violation(`"${specifier}": ${from} must not import ${to}`);
    }
    return adapterSubpath.test(specifier) && !test && !file.path.endsWith("/composition.ts")
      ? violation(`"${specifier}": only a composition.ts chooses adapters`)
      : [];
  });
}

function leavesPackage(folder: string, path: string, specifier: string): boolean {
  const target = new URL(specifier, `file:///${path}`).pathname.slice(1);
  return !target.startsWith(`${folder}/`);
}
