import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { type SynthesizedConfiguration, synthesizeForTest } from "./synthesized-stage.ts";
import { hasTerraform, terraformValidate } from "./terraform-validate.ts";

const installed = await hasTerraform();
if (!installed) {
  console.warn("NOTICE: no terraform on the PATH, so `terraform validate` of the infrastructure is skipped.");
}

const stage = synthesizeForTest(production);
const guest = synthesizeForTest({
  ...production,
  edge: { tokenPublicKey: "MCowBQYDK2VwAyEA" },
  ownsRegionSettings: false,
  remoteState: { bucket: "state", key: "caprock.tfstate", region: "eu-west-1" },
});
afterAll(() => {
  stage.remove();
  guest.remove();
});

const file = `${stage.stackFolder}/cdk.tf.json`;
const original = readFileSync(file, "utf8");

/** Validates the stage with one change, and puts it back. */
async function validateWith(change: (configuration: SynthesizedConfiguration) => void) {
  const changed = JSON.parse(original) as SynthesizedConfiguration;
  change(changed);
  writeFileSync(file, JSON.stringify(changed));
  try {
    return await terraformValidate(stage.stackFolder);
  } finally {
    writeFileSync(file, original);
  }
}

/** Sets an argument of the first resource of a type; undefined takes it out. */
function withArgument(type: string, name: string, value: unknown) {
  return (configuration: SynthesizedConfiguration): void => {
    Object.assign(Object.values(configuration.resource[type]!)[0]!, { [name]: value });
  };
}

describe.skipIf(!installed)("terraform validate", () => {
  test("finds nothing to say about the production stage", async () => {
    expect(await terraformValidate(stage.stackFolder)).toEqual({ valid: true, diagnostics: [] });
  });

  test("nor about a stage with an edge and remote state that leaves the region's settings alone", async () => {
    expect(await terraformValidate(guest.stackFolder)).toEqual({ valid: true, diagnostics: [] });
  });

  const [lambda] = Object.keys(stage.configuration.resource.aws_lambda_function!);
  const mistakes = [
    ["an unknown argument", "memory_mb", withArgument("aws_lambda_function", "memory_mb", 128)],
    [
      "an unknown argument in a block",
      "format",
      withArgument("aws_lambda_function", "logging_config", { log_format: "Text", format: "Text" }),
    ],
    [
      "a missing argument",
      "rest_api_id",
      withArgument("aws_api_gateway_integration", "rest_api_id", undefined),
    ],
    ["a wrong type", "timeout", withArgument("aws_lambda_function", "timeout", "long")],
    [
      "a reference to what is not there",
      "nobody",
      withArgument("aws_lambda_function", "role", `\${aws_iam_role.nobody.arn}`),
    ],
    [
      "a reference to an attribute that does not exist",
      "streaming_arn",
      withArgument("aws_api_gateway_integration", "uri", `\${aws_lambda_function.${lambda}.streaming_arn}`),
    ],
  ] as const;

  test.each(mistakes)("refuses %s", async (_mistake, named, change) => {
    const { valid, diagnostics } = await validateWith(change);
    expect(valid).toBe(false);
    expect(JSON.stringify(diagnostics)).toContain(named);
  });
});
