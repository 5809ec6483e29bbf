/** Runs the real `terraform validate` without a network, an init or a provider binary. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { devNull } from "node:os";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { childEnvironment } from "@caprock/platform";
import { z } from "zod";
import { type BlockSchema, bindingSchema } from "./binding-schema.ts";
import { serveSchemas } from "./schema-provider.ts";

const run = promisify(execFile);

const configuration = z.object({
  resource: z.record(z.string(), z.unknown()).default({}),
  data: z.record(z.string(), z.unknown()).default({}),
});

const verdict = z.object({
  valid: z.boolean(),
  diagnostics: z.array(
    z.object({ severity: z.string(), summary: z.string(), detail: z.string().default("") }),
  ),
});
export type Verdict = z.infer<typeof verdict>;

/** True when a `terraform` is on the PATH. */
export async function hasTerraform(): Promise<boolean> {
  return run("terraform", ["version"]).then(
    () => true,
    () => false,
  );
}

/**
 * Terraform's verdict on a synthesized stack: unknown and missing arguments, wrong types, references to what
 * is not there, cycles. Terraform is handed a running provider, which serves the schemas of the bindings.
 * It knows no value checks of the real provider (enumerations, ranges, conflicts): a pass is no plan.
 */
export async function terraformValidate(stackFolder: string): Promise<Verdict> {
  const used = configuration.parse(JSON.parse(readFileSync(`${stackFolder}/cdk.tf.json`, "utf8")));
  const provider = await serveSchemas({
    provider: providerSchema(),
    resources: schemasOf(Object.keys(used.resource), ""),
    dataSources: schemasOf(Object.keys(used.data), "data-aws-"),
  });
  const reattach = {
    "registry.terraform.io/hashicorp/aws": {
      Protocol: "grpc",
      ProtocolVersion: 5,
      Pid: process.pid,
      Test: true,
      Addr: { Network: "tcp", String: provider.address },
    },
  };
  try {
    const env = childEnvironment({
      TF_REATTACH_PROVIDERS: JSON.stringify(reattach),
      TF_CLI_CONFIG_FILE: devNull,
      CHECKPOINT_DISABLE: "1",
    });
    const output = await run("terraform", [`-chdir=${stackFolder}`, "validate", "-json"], { env }).then(
      ({ stdout }) => stdout,
      // Invalid configuration ends with status 1 and the same JSON.
      (error: { stdout?: string }) => {
        if (error.stdout) {
          return error.stdout;
        }
        throw error;
      },
    );
    return verdict.parse(JSON.parse(output));
  } finally {
    provider.stop();
  }
}

function schemasOf(types: readonly string[], modulePrefix: string): Record<string, BlockSchema> {
  return Object.fromEntries(
    types.map((type) => {
      const name = type.replace(/^aws_/, "").replaceAll("_", "-");
      const folder = bindingFolder(`${modulePrefix}${name}`);
      if (!existsSync(folder)) {
        throw new Error(`The bindings have no ${type}.`);
      }
      return [type, bindingSchema(folder)];
    }),
  );
}

function providerSchema(): BlockSchema {
  const { attributes, block_types } = bindingSchema(bindingFolder("provider"));
  return {
    // `alias` is Terraform's own; and a provider's arguments are never computed.
    attributes: attributes
      .filter(({ name, required, optional }) => name !== "alias" && (required || optional))
      .map((attribute) => ({ ...attribute, computed: false })),
    block_types,
  };
}

function bindingFolder(module: string): string {
  const anyBinding = createRequire(import.meta.url).resolve("@cdktf/provider-aws/lib/provider/index.js");
  return `${dirname(dirname(anyBinding))}/${module}`;
}
