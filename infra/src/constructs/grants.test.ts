import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { synthesizeForTest } from "../testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
afterAll(() => stage.remove());

interface Statement {
  effect?: string;
  actions: string[];
  resources?: string[];
  principals?: { type: string; identifiers: string[] }[];
  condition?: { variable: string; values: string[] }[];
}

function statements(from = stage): { policy: string; statement: Statement }[] {
  return Object.entries(from.configuration.data.aws_iam_policy_document ?? {}).flatMap(([policy, document]) =>
    (document.statement as Statement[]).map((statement) => ({ policy, statement })),
  );
}

/**
 * The policy of a key is about that key alone, which it calls `*`, and must give it to the account, or nobody could
 * ever manage it (AWS KMS developer guide, "Default key policy"). The test of the alarms looks at the rest of it.
 */
const isKeyPolicy = (policy: string) => policy.startsWith("alert-topic_key-policy_");

const allowed = statements().filter(
  ({ policy, statement }) => !isKeyPolicy(policy) && (statement.effect ?? "Allow") === "Allow",
);

/** Wildcards inside a resource, each with the reason why no exact name can stand there. */
const wildcards = [
  {
    pattern: /^\$\{aws_cloudwatch_log_group\.\S+\.arn\}:\*$/,
    reason: "Lambda names a log stream for each instance",
  },
  { pattern: /^\$\{aws_s3_bucket\.\S+\.arn\}\/\*$/, reason: "objects of one bucket" },
  {
    pattern: /^\$\{aws_s3_bucket\.turn-bodies_\S+\.arn\}\/tenants\/\*\/sessions\/\*$/,
    reason: "turns of every tenant; their names are the session store's",
  },
  { pattern: /\/BedrockModelInvocationLogs\/\*$/, reason: "Bedrock names the objects that it logs to" },
  {
    pattern: /^arn:aws:bedrock:\*?::foundation-model\/\*$/,
    reason: "the stage allows every model, in any region of a profile",
  },
  {
    pattern: /^\$\{aws_apigatewayv2_api\.sockets\.execution_arn\}\/\*\/POST\/@connections\/\*$/,
    reason: "API Gateway names a connection when it opens",
  },
  {
    pattern: /:application-inference-profile\/\*$/,
    reason: "AWS names them when an admin makes them for tenants",
  },
  {
    pattern: /^arn:aws:bedrock:us-east-1:\S+:guardrail\/\*$/,
    reason: "callers name guardrails of the account by their ids",
  },
  { pattern: /:inference-profile\/\*$/, reason: "the stage allows every inference profile" },
];

/** CloudWatch's metrics are no resources: IAM takes nothing but `*` for these. */
const withoutResources = ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "cloudwatch:PutMetricData"];
const isWithoutResources = ({ actions }: Statement) =>
  actions.every((action) => withoutResources.includes(action));

describe("least privilege", () => {
  test("no statement allows an action by wildcard", () => {
    expect(allowed.length).toBeGreaterThan(8);
    for (const { policy, statement } of allowed) {
      for (const action of statement.actions) {
        expect(action, policy).toMatch(/^[a-z0-9-]+:[A-Za-z]+$/);
      }
    }
  });

  test("no statement allows every resource, and each wildcard within one has a reason", () => {
    for (const { policy, statement } of allowed.filter(({ statement }) => !isWithoutResources(statement))) {
      for (const resource of statement.resources ?? []) {
        expect(resource, policy).not.toBe("*");
        if (resource.includes("*")) {
          expect(
            wildcards.some(({ pattern }) => pattern.test(resource)),
            `${policy}: ${resource}`,
          ).toBe(true);
        }
      }
    }
  });

  test("every trust statement names one AWS service; only a denial speaks to everyone", () => {
    for (const { statement } of allowed) {
      for (const { type, identifiers } of statement.principals ?? []) {
        expect(type).toBe("Service");
        expect(identifiers).toEqual([expect.stringMatching(/^[a-z]+\.amazonaws\.com$/)]);
      }
    }
  });

  test("one managed policy of AWS is attached: API Gateway refuses a log role with less", () => {
    const attached = Object.values(stage.configuration.resource.aws_iam_role_policy_attachment ?? {});
    expect(attached.map((attachment) => attachment.policy_arn)).toEqual([
      "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
    ]);
  });

  test("Bedrock may log only from this account and region", () => {
    const [log] = allowed.filter(
      ({ policy, statement }) =>
        policy.startsWith("invocation-log_") && statement.actions.includes("s3:PutObject"),
    );
    const account = `\${data.aws_caller_identity.account.account_id}`;
    expect(log?.statement.condition).toEqual([
      expect.objectContaining({ variable: "aws:SourceAccount", values: [account] }),
      expect.objectContaining({
        variable: "aws:SourceArn",
        values: [`arn:aws:bedrock:us-east-1:${account}:*`],
      }),
    ]);
  });

  test("metrics are read by the API, and sent to Caprock's namespace alone, by functions whose stage wants it", () => {
    const metricsOf = (from = stage) =>
      statements(from).filter(({ statement }) => isWithoutResources(statement));
    const calling = synthesizeForTest({
      ...production,
      worker: { ...production.worker, settings: { CAPROCK_METRICS: "cloudwatch" } },
    });
    const [reading, ...writing] = metricsOf();
    const [, sending] = metricsOf(calling);
    calling.remove();
    expect(reading?.policy).toMatch(/^api_/);
    expect(reading?.statement.actions).toEqual(["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"]);
    expect(writing).toEqual([]);
    expect(sending?.policy).toMatch(/^worker_/);
    expect(sending?.statement).toEqual({
      actions: ["cloudwatch:PutMetricData"],
      resources: ["*"],
      condition: [{ test: "StringEquals", variable: "cloudwatch:namespace", values: ["Caprock"] }],
    });
  });

  test("the worker alone publishes, and to the alert topic alone", () => {
    const publishing = allowed.filter(({ statement }) =>
      statement.actions.some((action) => action.startsWith("sns:")),
    );
    expect(publishing.map(({ statement }) => statement)).toEqual([
      {
        actions: ["sns:Publish"],
        resources: [expect.stringMatching(/^\$\{aws_sns_topic\.alert-topic_\S+\.arn\}$/)],
      },
    ]);
    expect(publishing[0]?.policy).toMatch(/^worker_/);
    const encrypting = allowed.filter(({ statement }) =>
      statement.actions.some((action) => action.startsWith("kms:")),
    );
    expect(encrypting.map(({ statement }) => statement)).toEqual([
      {
        actions: ["kms:Decrypt", "kms:GenerateDataKey"],
        resources: [expect.stringMatching(/^\$\{aws_kms_key\.alert-topic_\S+\.arn\}$/)],
      },
    ]);
    expect(encrypting[0]?.policy).toMatch(/^worker_/);
  });

  test("alerts and reconciliations are never deleted, and only admins' requests change alert rules", () => {
    const actionsOn = (table: string, policy: RegExp) =>
      allowed
        .filter((one) => policy.test(one.policy))
        .flatMap(({ statement }) =>
          statement.resources?.some((resource) => resource.includes(`aws_dynamodb_table.tables_${table}_`))
            ? statement.actions
            : [],
        );
    for (const policy of [/^api_/, /^worker_/]) {
      expect(actionsOn("alerts", policy)).toEqual(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]);
    }
    expect(actionsOn("alert-rules", /^api_/)).toEqual(["dynamodb:GetItem", "dynamodb:PutItem"]);
    expect(actionsOn("alert-rules", /^worker_/)).toEqual(["dynamodb:GetItem"]);
    for (const policy of [/^api_/, /^worker_/]) {
      expect(actionsOn("reconciliations", policy)).toEqual([
        "dynamodb:GetItem",
        "dynamodb:PutItem",
        "dynamodb:Query",
      ]);
    }
  });

  test("a stage with a bill lets the worker read its bucket; one with a webhook asks for the secret", () => {
    const watching = synthesizeForTest({
      ...production,
      billingExport: { bucketName: "our-bill", path: "cur/daily" },
      worker: {
        ...production.worker,
        settings: { CAPROCK_ALERT_WEBHOOK_URL: "https://hooks.example.com/alerts" },
      },
    });
    const reads = statements(watching).filter(({ statement }) =>
      statement.resources?.[0]?.includes("our-bill"),
    );
    const { variable } = watching.configuration as unknown as {
      variable: Record<string, { sensitive: boolean }>;
    };
    watching.remove();
    expect(reads.map(({ policy, statement }) => [policy.split("_")[0], ...statement.actions])).toEqual([
      ["worker", "s3:ListBucket"],
      ["worker", "s3:GetObject"],
    ]);
    expect(variable.alert_webhook_secret?.sensitive).toBe(true);
  });

  test("only the worker reads the invocation log, be it the stage's own or one that was there", () => {
    const heir = synthesizeForTest({
      ...production,
      ownsRegionSettings: false,
      existingInvocationLog: { bucketName: "their-log" },
    });
    const reads = (from = stage) =>
      statements(from).filter(
        ({ statement }) =>
          statement.actions.some((action) => ["s3:GetObject", "s3:ListBucket"].includes(action)) &&
          !statement.resources?.some((resource) => resource.includes("aws_s3_bucket.turn-bodies_")),
      );
    const [own, existing] = [reads(), reads(heir)];
    heir.remove();
    for (const { policy } of [...own, ...existing]) {
      expect(policy).toMatch(/^worker_/);
    }
    expect(own).toHaveLength(2);
    expect(existing.map(({ statement }) => statement)).toEqual([
      { actions: ["s3:ListBucket"], resources: ["arn:aws:s3:::their-log"] },
      { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::their-log/*"] },
    ]);
  });

  test("guardrails are asked by what serves tenants, and by nothing else", () => {
    const asking = allowed.filter(({ statement }) => statement.actions.includes("bedrock:ApplyGuardrail"));
    expect(asking.map(({ policy }) => policy.split("_")[0]).sort()).toEqual(["api", "socket"]);
  });

  test("where only the tenants on top have metrics, whatever sends metrics may list tenants to choose them", () => {
    const listing = (from = stage) =>
      statements(from)
        .filter(({ statement }) => statement.actions.includes("dynamodb:Scan"))
        .map(({ policy }) => policy.split("_")[0]);
    const everyone = synthesizeForTest({
      ...production,
      api: { ...production.api, settings: { CAPROCK_METRICS: "emf", CAPROCK_METRICS_CARDINALITY: "all" } },
    });
    const [top, all] = [listing(), listing(everyone)];
    everyone.remove();
    expect(new Set(top)).toEqual(new Set(["api", "socket", "worker"]));
    expect(new Set(all)).toEqual(new Set(["api", "worker"]));
  });

  test("a stage that names models allows those and no other, and only what serves tenants may invoke", () => {
    const narrow = synthesizeForTest({
      ...production,
      bedrock: { foundationModels: ["a.model-v1"], inferenceProfiles: ["us.a.model-v1"] },
    });
    const invoking = statements(narrow).filter(({ statement }) =>
      statement.actions.includes("bedrock:InvokeModel"),
    );
    narrow.remove();
    expect(invoking.map(({ policy }) => policy.split("_")[0]).sort()).toEqual(["api", "socket"]);
    for (const { statement } of invoking) {
      expect(statement).toEqual({
        actions: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:CountTokens"],
        resources: [
          "arn:aws:bedrock:*::foundation-model/a.model-v1",
          "arn:aws:bedrock:::foundation-model/a.model-v1",
          `arn:aws:bedrock:us-east-1:\${data.aws_caller_identity.account.account_id}:inference-profile/us.a.model-v1`,
          `arn:aws:bedrock:us-east-1:\${data.aws_caller_identity.account.account_id}:application-inference-profile/*`,
        ],
      });
    }
  });
});

describe("tables", () => {
  const adapterFolders = [
    "../../../packages/tenancy/src/dynamodb/",
    "../../../packages/metering/src/dynamodb/",
    "../../../packages/turn/src/dynamodb/",
  ];

  /** What the packages' adapters send to a table: `GetCommand`, `paginateQuery` and their like. */
  function actionsSentTo(table: string): Set<string> {
    const sources = adapterFolders
      .map((folder) => fileURLToPath(new URL(folder, import.meta.url)))
      .flatMap((folder) => readdirSync(folder).map((file) => ({ folder, file })))
      .filter(({ file }) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
      .map(({ folder, file }) => readFileSync(`${folder}${file}`, "utf8"))
      .filter((source) => source.includes(`${table}Table`));
    const sent = sources.flatMap((source) => [...source.matchAll(/new (\w+)Command\(|\bpaginate(\w+)\(/g)]);
    return new Set(sent.map(([, command, page]) => itemAction(command ?? page ?? "")));
  }

  /** Sent by processes that are no functions: a server that settles in groups, and `caprock verify`. */
  const sentElsewhere = ["ledger dynamodb:BatchWriteItem", "accounts dynamodb:Scan"];

  function itemAction(command: string): string {
    return ["Get", "Put", "Update", "Delete", "BatchGet", "BatchWrite"].includes(command)
      ? `dynamodb:${command}Item`
      : `dynamodb:${command}`;
  }

  test.each([
    "tenancy",
    "audit",
    "accounts",
    "ledger",
    "adjustments",
    "closedMonths",
    "rollups",
    "liveTurns",
  ])("%s: what the adapters send is granted, and nothing that none of them sends", (table) => {
    const granted = allowed.flatMap(({ statement }) =>
      (statement.resources ?? []).some((resource) => resource.includes(`aws_dynamodb_table.tables_${table}_`))
        ? statement.actions
        : [],
    );
    const sent = [...actionsSentTo(table)].filter((action) => !sentElsewhere.includes(`${table} ${action}`));
    expect(sent.length).toBeGreaterThan(1);
    expect(new Set(granted)).toEqual(new Set(sent));
  });
});
