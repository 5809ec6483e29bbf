import { existsSync } from "node:fs";
import { join } from "node:path";
import { gatewayMessageTemplate } from "@caprock/contract";
import { tableName } from "@caprock/domain";
import { apiSettings, loadSettings, workerSettings } from "@caprock/platform";
import { afterAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { tableDeclarations } from "./caprock-stack.ts";
import { apiTimeoutSeconds } from "./constructs/api-function.ts";
import { production } from "./stages/production.ts";
import { synthesizeForTest } from "./testing/synthesized-stage.ts";

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

function resources<T = Record<string, unknown>>(type: string, from = stage): T[] {
  return Object.values(from.configuration.resource[type] ?? {}) as T[];
}

interface Lambda {
  function_name: string;
  runtime: string;
  architectures: string[];
  filename: string;
  timeout: number;
  environment: { variables: Record<string, string> };
  logging_config: { log_group: string };
}

function lambda(name: string, from = stage): Lambda {
  return resources<Lambda>("aws_lambda_function", from).find(
    (candidate) => candidate.function_name === `${production.namePrefix}-${name}`,
  )!;
}

describe("tables", () => {
  interface Table {
    name: string;
    hash_key: string;
    range_key?: string;
    attribute: { name: string; type: string }[];
    global_secondary_index?: {
      name: string;
      hash_key: string;
      range_key?: string;
      projection_type: string;
    }[];
    ttl?: { attribute_name: string; enabled: boolean };
  }
  const tables = resources<Table>("aws_dynamodb_table");

  test("there is one for each declaration of a package, and no other", () => {
    expect(tables.map(({ name }) => name).sort()).toEqual(
      Object.values(tableDeclarations)
        .map((declaration) => tableName(production.namePrefix, declaration))
        .sort(),
    );
  });

  test.each(Object.values(tableDeclarations))(
    "$name has the keys, indexes and TTL of its declaration",
    (declaration) => {
      const table = tables.find(({ name }) => name === tableName(production.namePrefix, declaration))!;
      const indexes = "indexes" in declaration ? declaration.indexes : [];
      const sortKey = "sortKey" in declaration ? declaration.sortKey : undefined;
      expect(table.hash_key).toBe(declaration.partitionKey.name);
      expect(table.range_key).toBe(sortKey?.name);
      expect(table.global_secondary_index ?? []).toEqual(
        indexes.map((index) => ({
          name: index.name,
          hash_key: index.partitionKey.name,
          range_key: index.sortKey.name,
          projection_type: "KEYS_ONLY",
        })),
      );
      const keys = [
        declaration.partitionKey,
        sortKey,
        ...indexes.flatMap((index) => [index.partitionKey, index.sortKey]),
      ];
      const types = keys.flatMap((key) => (key === undefined ? [] : [[key.name, key.type] as const]));
      expect(table.attribute).toEqual([...new Map(types)].map(([name, type]) => ({ name, type })));
      const ttl = "ttlAttribute" in declaration ? declaration.ttlAttribute : undefined;
      expect(table.ttl).toEqual(ttl ? { attribute_name: ttl, enabled: true } : undefined);
    },
  );

  test("every table is on demand, encrypted, recoverable and protected from deletion", () => {
    for (const table of tables) {
      expect(table).toMatchObject({
        billing_mode: "PAY_PER_REQUEST",
        server_side_encryption: { enabled: true },
        point_in_time_recovery: { enabled: true },
        deletion_protection_enabled: true,
      });
    }
  });
});

describe("the REST API", () => {
  interface Integration {
    uri: string;
    resource_id: string;
    timeout_milliseconds: number;
  }
  const integrations = resources<Integration>("aws_api_gateway_integration");

  test("streams the answers of every path, as long as the function may run", () => {
    expect(integrations).toHaveLength(2);
    const { timeout } = lambda("api");
    for (const integration of integrations) {
      expect(integration).toMatchObject({
        type: "AWS_PROXY",
        integration_http_method: "POST",
        response_transfer_mode: "STREAM",
        timeout_milliseconds: timeout * 1_000,
      });
      expect(integration.uri).toMatch(
        /^arn:aws:apigateway:us-east-1:lambda:path\/2021-11-15\/functions\/\$\{aws_lambda_function\.api_\w+\.arn\}\/response-streaming-invocations$/,
      );
    }
    const [proxy] = resources<{ path_part: string }>("aws_api_gateway_resource");
    expect(proxy?.path_part).toBe("{proxy+}");
  });

  test("asks for a provider that accepts a streamed integration of more than five minutes", () => {
    const { version } = stage.configuration.terraform.required_providers.aws!;
    const [, minor] = /^>= 6\.(\d+)\.0, < 7\.0\.0$/.exec(version) ?? [];
    expect(Number(minor)).toBeGreaterThan(25);
  });

  test("is regional: an edge endpoint cuts a stream after 30 seconds of silence", () => {
    expect(resources("aws_api_gateway_rest_api")[0]).toMatchObject({
      endpoint_configuration: { types: ["REGIONAL"] },
    });
  });

  test("access logs hold no query string, header, body or identity beyond the address", () => {
    const [live] = resources<{ access_log_settings: { format: string } }>("aws_api_gateway_stage");
    const variables = live!.access_log_settings.format.match(/\$context\.[\w.]+/g)!;
    expect(variables).toContain("$context.status");
    for (const variable of variables) {
      expect(variable).not.toMatch(/query|header|body|authorizer|apiKey|error\.message|userAgent/i);
    }
    expect(resources("aws_api_gateway_method_settings")[0]).toMatchObject({
      settings: { logging_level: "OFF", data_trace_enabled: false, throttling_rate_limit: 1_000 },
    });
  });
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
    const { timeout, environment } = lambda("api");
    expect(environment.variables).toMatchObject(production.api.settings);
    expect(timeout).toBe(apiTimeoutSeconds);
  });

  test("every function has a log group of its own that expires, and code that was zipped", () => {
    const groups = stage.configuration.resource.aws_cloudwatch_log_group ?? {};
    const functions = resources<Lambda>("aws_lambda_function");
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
    expect(lambda("worker")).toMatchObject({ reserved_concurrent_executions: 1 });
    expect(resources("aws_cloudwatch_event_rule")[0]).toMatchObject({
      schedule_expression: "rate(1 minute)",
    });
    // A socket's text is not delivered again either: a turn that failed has been told so.
    const configurations = resources("aws_lambda_function_event_invoke_config");
    expect(configurations).toHaveLength(2);
    for (const configuration of configurations) {
      expect(configuration).toMatchObject({ maximum_retry_attempts: 0 });
    }
  });
});

describe("the WebSocket API", () => {
  test("lets in whom the function lets in, and hands texts on without waiting, with what the authorizer said", () => {
    const routes = resources<{ route_key: string; authorization_type?: string }>("aws_apigatewayv2_route");
    expect(routes.map(({ route_key, authorization_type }) => [route_key, authorization_type])).toEqual([
      ["$connect", "CUSTOM"],
      ["$default", undefined],
    ]);
    const texts = resources<Record<string, unknown>>("aws_apigatewayv2_integration").find(
      ({ integration_type }) => integration_type === "AWS",
    );
    expect(texts).toMatchObject({
      request_parameters: { "integration.request.header.X-Amz-Invocation-Type": "'Event'" },
      request_templates: { $default: gatewayMessageTemplate },
    });
  });

  test("its function may post to its connections and serve turns, and administrates nothing", () => {
    const policies = Object.entries(stage.configuration.data.aws_iam_policy_document ?? {});
    const [, policy] = policies.find(([name]) => name.startsWith("socket_node_permissions"))!;
    const actions = (policy as { statement: { actions: string[] }[] }).statement.flatMap(
      (one) => one.actions,
    );
    expect(actions).toContain("execute-api:ManageConnections");
    expect(actions).not.toContain("bedrock:CreateInferenceProfile");
  });
});

describe("the edge", () => {
  const withEdge = synthesizeForTest({ ...production, edge: { tokenPublicKey: "MCowBQYDK2VwAyEA" } });
  afterAll(() => withEdge.remove());

  test("is there where the stage has a key, streams what the API answers, and its function may do nothing", () => {
    expect(resources("aws_cloudfront_distribution")).toEqual([]);
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

  test("asks for the private key, which the functions that serve tenants are given", () => {
    expect(withEdge.configuration.variable.token_private_key).toMatchObject({ sensitive: true });
    for (const name of ["api", "socket"]) {
      expect(lambda(name, withEdge).environment.variables).toHaveProperty("CAPROCK_TOKEN_PRIVATE_KEY");
      expect(lambda(name).environment.variables).not.toHaveProperty("CAPROCK_TOKEN_PRIVATE_KEY");
    }
  });
});

describe("Bedrock's invocation log", () => {
  test("is delivered to the bucket that both functions are told of, without prompts or answers", () => {
    const [logging] = resources<{ logging_config: Record<string, unknown>[] }>(
      "aws_bedrock_model_invocation_logging_configuration",
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
      const { variables } = lambda(name).environment;
      expect(variables.CAPROCK_INVOCATION_LOG_BUCKET, name).toBe(`\${aws_s3_bucket.${bucketId}.bucket}`);
      expect(variables, name).not.toHaveProperty("CAPROCK_INVOCATION_LOG_PREFIX");
    }
  });

  test("holds the text of calls when its stage says so, and still nothing else of them", () => {
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
    expect(JSON.stringify(resources("aws_s3_bucket_lifecycle_configuration"))).toContain(
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
