/** Synthesizes a stage for a test, around code that stands in for the bundles, and reads the result. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import type { Stage } from "../stages/stage.ts";
import { synthesize } from "../synthesize.ts";

const blocksByType = z.record(z.string(), z.record(z.string(), z.looseObject({}))).default({});

const synthesized = z.object({
  terraform: z.looseObject({
    required_providers: z.record(z.string(), z.looseObject({ version: z.string() })),
  }),
  provider: z.record(z.string(), z.array(z.looseObject({}))),
  resource: blocksByType,
  data: blocksByType,
  output: z.record(z.string(), z.looseObject({})),
  variable: z.record(z.string(), z.looseObject({})),
});

export type SynthesizedConfiguration = z.infer<typeof synthesized>;

export interface SynthesizedStage {
  /** Where `terraform` would run. */
  readonly stackFolder: string;
  readonly configuration: SynthesizedConfiguration;
  readonly remove: () => void;
}

export function synthesizeForTest(stage: Stage): SynthesizedStage {
  const folder = mkdtempSync(join(tmpdir(), "caprock-infra-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const codeFolders = {
      api: codeFolder(folder, "api"),
      socket: codeFolder(folder, "socket"),
      edgeAuth: codeFolder(folder, "edge-auth"),
      worker: codeFolder(folder, "worker"),
      ingestion: codeFolder(folder, "ingestion"),
    };
    const stackFolder = synthesize(stage, codeFolders, join(folder, "cdktf.out"));
    return {
      stackFolder,
      configuration: synthesized.parse(JSON.parse(readFileSync(join(stackFolder, "cdk.tf.json"), "utf8"))),
      remove,
    };
  } catch (error) {
    remove();
    throw error;
  }
}

function codeFolder(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, "index.mjs"), `export const handler = async () => "${name}";\n`);
  return path;
}

/** The resources of a type, as Terraform would be given them. */
export function resources<T = Record<string, unknown>>(
  type: string,
  { configuration }: SynthesizedStage,
): T[] {
  return Object.values(configuration.resource[type] ?? {}) as T[];
}

export interface SynthesizedFunction {
  readonly function_name: string;
  readonly runtime: string;
  readonly architectures: readonly string[];
  readonly filename: string;
  readonly timeout: number;
  readonly environment: { readonly variables: Readonly<Record<string, string>> };
  readonly logging_config: { readonly log_group: string };
}

/** The function of this name behind its stage's prefix. */
export function lambda(name: string, stage: SynthesizedStage): SynthesizedFunction {
  const found = resources<SynthesizedFunction>("aws_lambda_function", stage).find(({ function_name }) =>
    function_name.endsWith(`-${name}`),
  );
  if (!found) {
    throw new Error(`There is no function "${name}".`);
  }
  return found;
}
