import { afterAll, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { lambda, resources, synthesizeForTest } from "../testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
const guest = synthesizeForTest({ ...production, ownsRegionSettings: false });
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

test("the invocation log is delivered to the bucket that both functions are told of, without prompts or answers", () => {
  const [logging] = resources<{ logging_config: Record<string, unknown>[] }>(
    "aws_bedrock_model_invocation_logging_configuration",
    stage,
  );
  const buckets = Object.keys(stage.configuration.resource.aws_s3_bucket ?? {});
  const bucketId = buckets.find((id) => id.startsWith("invocation-log_"));
  expect(logging?.logging_config).toEqual([
    {
      s3_config: [{ bucket_name: `\${aws_s3_bucket.${bucketId}.id}` }],
      text_data_delivery_enabled: false,
      image_data_delivery_enabled: false,
      embedding_data_delivery_enabled: false,
      video_data_delivery_enabled: false,
    },
  ]);
  for (const name of ["api", "worker"]) {
    const { variables } = lambda(name, stage).environment;
    expect(variables.CAPROCK_INVOCATION_LOG_BUCKET, name).toBe(`\${aws_s3_bucket.${bucketId}.bucket}`);
    expect(variables, name).not.toHaveProperty("CAPROCK_INVOCATION_LOG_PREFIX");
  }
});

test("the invocation log holds the text of calls when its stage says so, and still nothing else of them", () => {
  const outspoken = synthesizeForTest({ ...production, logBodies: true });
  const [logging] = resources("aws_bedrock_model_invocation_logging_configuration", outspoken);
  outspoken.remove();
  expect(logging?.logging_config).toEqual([
    expect.objectContaining({
      text_data_delivery_enabled: true,
      image_data_delivery_enabled: false,
      embedding_data_delivery_enabled: false,
      video_data_delivery_enabled: false,
    }),
  ]);
});

test("its bucket holds records as long as its stage says", () => {
  expect(JSON.stringify(resources("aws_s3_bucket_lifecycle_configuration", stage))).toContain(
    `"expiration":[{"days":${production.invocationLogRetentionDays}}]`,
  );
});

test("a stage that does not own the region's settings leaves them alone", () => {
  expect(resources("aws_bedrock_model_invocation_logging_configuration", guest)).toEqual([]);
  expect(resources("aws_api_gateway_account", guest)).toEqual([]);
  for (const name of ["api", "worker"]) {
    const { variables } = lambda(name, guest).environment;
    expect(variables, name).not.toHaveProperty("CAPROCK_INVOCATION_LOG_BUCKET");
    expect(variables, name).not.toHaveProperty("CAPROCK_INVOCATION_LOG_PREFIX");
  }
});

test("a log that is there already is made known to both functions and left as it is", () => {
  expect(resources("aws_bedrock_model_invocation_logging_configuration", heir)).toEqual([]);
  expect(JSON.stringify(resources("aws_s3_bucket", heir))).not.toContain("invocation-log");
  for (const name of ["api", "worker"]) {
    expect(lambda(name, heir).environment.variables, name).toMatchObject({
      CAPROCK_INVOCATION_LOG_BUCKET: "their-log",
      CAPROCK_INVOCATION_LOG_PREFIX: "bedrock",
    });
  }
  expect(heir.configuration.output).toMatchObject({ invocation_log_bucket: { value: "their-log" } });
});

test("a stage cannot name a log that is there and make one as well", () => {
  const contradiction = { ...production, existingInvocationLog: { bucketName: "their-log" } };
  expect(() => synthesizeForTest(contradiction)).toThrow("existing invocation log");
});
