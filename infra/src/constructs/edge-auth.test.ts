import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { lambda, resources, synthesizeForTest } from "../testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
afterAll(() => stage.remove());

const withEdge = synthesizeForTest({ ...production, edge: { tokenPublicKey: "MCowBQYDK2VwAyEA" } });
afterAll(() => withEdge.remove());

test("the edge is there where the stage has a key, streams what the API answers, and its function may do nothing", () => {
  expect(resources("aws_cloudfront_distribution", stage)).toEqual([]);
  const [distribution] = resources<{ default_cache_behavior: object }>(
    "aws_cloudfront_distribution",
    withEdge,
  );
  expect(distribution?.default_cache_behavior).toMatchObject({
    compress: false,
    viewer_protocol_policy: "https-only",
    lambda_function_association: [{ event_type: "viewer-request" }],
  });
  const check = lambda("edge-auth", withEdge);
  expect(check).toMatchObject({ region: "us-east-1", publish: true });
  expect(check).not.toHaveProperty("environment");
  const policies = JSON.stringify(withEdge.configuration.resource.aws_iam_role_policy);
  expect(policies).not.toContain("edge");
  expect(existsSync(join(withEdge.stackFolder, check.filename))).toBe(true);
});

test("the edge asks for the private key, which the functions that serve tenants are given", () => {
  expect(withEdge.configuration.variable.token_private_key).toMatchObject({ sensitive: true });
  for (const name of ["api", "socket"]) {
    expect(lambda(name, withEdge).environment.variables).toHaveProperty("CAPROCK_TOKEN_PRIVATE_KEY");
    expect(lambda(name, stage).environment.variables).not.toHaveProperty("CAPROCK_TOKEN_PRIVATE_KEY");
  }
});
