import { existsSync } from "node:fs";
import { join } from "node:path";
import { apiSettings, loadSettings, workerSettings } from "@caprock/platform";
import { afterAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { apiTimeoutSeconds } from "./constructs/api-function.ts";
import { production } from "./stages/production.ts";
import {
  lambda,
  resources,
  type SynthesizedFunction,
  synthesizeForTest,
} from "./testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
const guest = synthesizeForTest({
  ...production,
  ownsRegionSettings: false,
  remoteState: { bucket: "state", key: "caprock.tfstate", region: "eu-west-1" },
});
/** Leaves the region's settings alone too, and finds a log there. */
const heir = synthesizeForTest({
  ...production,
  ownsRegionSettings: false,
  existingInvocationLog: { bucketName: "their-log", prefix: "bedrock" },
});
afterAll(() => {
  stage.remove();
  guest.remove();
  heir.remove();
});

describe("functions", () => {
  const environments = [
    ["api", apiSettings as z.ZodObject],
    ["worker", workerSettings as z.ZodObject],
  ] as const;

  test.each(environments)("the environment of %s is what its settings schema asks for", (name, schema) => {
    for (const from of [stage, guest, heir]) {
      const { NODE_OPTIONS: nodeOptions, ...variables } = lambda(name, from).environment.variables;
      expect(nodeOptions).toBe("--enable-source-maps");
      expect(Object.keys(schema.shape)).toEqual(expect.arrayContaining(Object.keys(variables)));
      // Lambda sets the region itself and refuses a function that does.
      expect(variables).not.toHaveProperty("AWS_REGION");
      const applied = Object.entries(variables).map(([key, value]) => [
        key,
        value.startsWith("${var.") ? "0".repeat(64) : value,
      ]);
      expect(() => loadSettings(schema, Object.fromEntries(applied))).not.toThrow();
    }
  });

  test("the API has the settings of its stage, and the time that stages are checked against", () => {
    const { timeout, environment } = lambda("api", stage);
    expect(environment.variables).toMatchObject(production.api.settings);
    expect(timeout).toBe(apiTimeoutSeconds);
  });

  test("every function has a log group of its own that expires, and code that was zipped", () => {
    const groups = stage.configuration.resource.aws_cloudwatch_log_group ?? {};
    const functions = resources<SynthesizedFunction>("aws_lambda_function", stage);
    expect(functions).toHaveLength(3);
    for (const { function_name, logging_config, runtime, architectures, filename } of functions) {
      const [, groupId = ""] =
        /^\$\{aws_cloudwatch_log_group\.([\w-]+)\.name\}$/.exec(logging_config.log_group) ?? [];
      expect(groups[groupId]).toMatchObject({
        name: `/aws/lambda/${function_name}`,
        retention_in_days: production.logRetentionDays,
      });
      expect({ runtime, architectures }).toEqual({ runtime: "nodejs22.x", architectures: ["arm64"] });
      expect(existsSync(join(stage.stackFolder, filename))).toBe(true);
    }
  });

  test("the worker runs every minute, one round at a time", () => {
    expect(lambda("worker", stage)).toMatchObject({ reserved_concurrent_executions: 1 });
    expect(resources("aws_cloudwatch_event_rule", stage)[0]).toMatchObject({
      schedule_expression: "rate(1 minute)",
    });
    // A socket's text is not delivered again either: a turn that failed has been told so.
    const configurations = resources("aws_lambda_function_event_invoke_config", stage);
    expect(configurations).toHaveLength(2);
    for (const configuration of configurations) {
      expect(configuration).toMatchObject({ maximum_retry_attempts: 0 });
    }
  });
});

describe("the stack", () => {
  test("says where the API, the alerts, the tables and the log are", () => {
    expect(Object.keys(stage.configuration.output).sort()).toEqual([
      "alert_topic_arn",
      "api_url",
      "invocation_log_bucket",
      "socket_url",
      "table_names",
    ]);
  });

  test("takes secrets as sensitive variables and keeps none of its own", () => {
    const { variable } = stage.configuration;
    expect(Object.keys(variable).sort()).toEqual(["access_key_secret", "admin_token_sha256"]);
    for (const secret of Object.values(variable)) {
      expect(secret).toMatchObject({ sensitive: true, nullable: false });
      expect(secret).not.toHaveProperty("default");
    }
  });

  test("tags everything with the project and the stage", () => {
    expect(stage.configuration.provider.aws).toEqual([
      { region: "us-east-1", default_tags: [{ tags: { project: "caprock", stage: "production" } }] },
    ]);
  });

  test("keeps state outside of the generated folder, or in the bucket that the stage names", () => {
    expect(stage.configuration.terraform).toMatchObject({
      backend: { local: { path: "../../../terraform.production.tfstate" } },
    });
    expect(guest.configuration.terraform).toMatchObject({
      backend: {
        s3: {
          bucket: "state",
          key: "caprock.tfstate",
          region: "eu-west-1",
          encrypt: true,
          use_lockfile: true,
        },
      },
    });
  });
});
