import { afterAll, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { synthesizeForTest } from "../testing/synthesized-stage.ts";

const remembering = synthesizeForTest({ ...production, longTermMemory: true });
const brief = synthesizeForTest({
  ...production,
  api: { ...production.api, settings: { CAPROCK_SESSION_KEPT_MS: "90000000" } },
});
afterAll(() => {
  remembering.remove();
  brief.remove();
});

interface Statement {
  effect?: string;
  actions: string[];
  resources?: string[];
  condition?: unknown[];
}

const ofTurnBodies = (type: string, from = remembering) =>
  Object.entries(from.configuration.resource[type] ?? {}).find(([id]) => id.startsWith("turn-bodies_"))?.[1];

/** Each statement about the bucket, by whose policy it is in. */
function statements(): readonly (readonly [string, Statement])[] {
  return Object.entries(remembering.configuration.data.aws_iam_policy_document ?? {}).flatMap(
    ([policy, { statement }]) =>
      (statement as Statement[])
        .filter(({ resources }) => JSON.stringify(resources ?? []).includes("aws_s3_bucket.turn-bodies_"))
        .map((one) => [policy.split("_")[0] ?? "", one] as const),
  );
}

test("what is deleted is gone: no older versions are kept", () => {
  expect(ofTurnBodies("aws_s3_bucket")).toBeDefined();
  expect(ofTurnBodies("aws_s3_bucket_versioning")).toBeUndefined();
});

test("a body outlives its turn, however long the stage keeps turns, by a day or two", () => {
  const daysOf = (from = remembering) =>
    (
      ofTurnBodies("aws_s3_bucket_lifecycle_configuration", from) as {
        rule: { expiration: { days: number }[] }[];
      }
    ).rule[0]?.expiration[0]?.days;
  expect(daysOf()).toBe(91);
  // 25 hours.
  expect(daysOf(brief)).toBe(3);
});

test("what serves tenants reads and writes turns, what takes them into long-term memory reads them, and no other function comes near", () => {
  const objects = [expect.stringMatching(/\.arn\}\/tenants\/\*\/sessions\/\*$/)];
  const bucket = [expect.stringMatching(/\.arn\}$/)];
  const granted = statements().filter(([policy]) => policy !== "turn-bodies");
  const reading = { actions: ["s3:GetObject"], resources: objects };
  const writing = { actions: ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], resources: objects };
  const listing = { actions: ["s3:ListBucket"], resources: bucket };
  expect(granted.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))).toEqual([
    ["api", writing],
    ["api", listing],
    ["ingestion", reading],
    ["ingestion", listing],
    ["socket", writing],
    ["socket", listing],
  ]);
});

test("every function that opens sessions is told of the bucket", () => {
  const functions = Object.values(remembering.configuration.resource.aws_lambda_function ?? {}) as {
    function_name: string;
    environment: { variables: Record<string, string> };
  }[];
  const told = functions.filter(
    ({ environment }) => environment.variables.CAPROCK_TURN_BODIES_BUCKET !== undefined,
  );
  expect(told.map(({ function_name }) => function_name.split("-").at(-1)).sort()).toEqual([
    "api",
    "ingestion",
    "socket",
    "worker",
  ]);
});
