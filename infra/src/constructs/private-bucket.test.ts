import { afterAll, describe, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { synthesizeForTest } from "../testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
afterAll(() => stage.remove());

describe.each(["invocation-log", "turn-bodies"])("the bucket of the %s", (name) => {
  const own = (blocks: Record<string, unknown> = {}) =>
    Object.entries(blocks).find(([id]) => id.startsWith(`${name}_`))?.[1];
  const resource = (type: string) => own(stage.configuration.resource[type]);

  test("is closed to the public, encrypted, and expires what it holds", () => {
    expect(resource("aws_s3_bucket_public_access_block")).toMatchObject({
      block_public_acls: true,
      block_public_policy: true,
      ignore_public_acls: true,
      restrict_public_buckets: true,
    });
    expect(resource("aws_s3_bucket_server_side_encryption_configuration")).toBeDefined();
    expect(resource("aws_s3_bucket_lifecycle_configuration")).toMatchObject({
      rule: [{ status: "Enabled", expiration: [{ days: expect.any(Number) }] }],
    });
  });

  test("denies everyone who comes without TLS", () => {
    const document = own(stage.configuration.data.aws_iam_policy_document) as { statement: unknown[] };
    expect(resource("aws_s3_bucket_policy")).toBeDefined();
    expect(document.statement).toContainEqual({
      sid: "OnlyOverTls",
      effect: "Deny",
      actions: ["s3:*"],
      principals: [{ type: "*", identifiers: ["*"] }],
      resources: [expect.stringMatching(/\.arn\}$/), expect.stringMatching(/\.arn\}\/\*$/)],
      condition: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
    });
  });
});
