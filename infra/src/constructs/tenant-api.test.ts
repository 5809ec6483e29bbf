import { afterAll, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { lambda, resources, synthesizeForTest } from "../testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
afterAll(() => stage.remove());

interface Integration {
  uri: string;
  resource_id: string;
  timeout_milliseconds: number;
}
const integrations = resources<Integration>("aws_api_gateway_integration", stage);

test("the REST API streams the answers of every path, as long as the function may run", () => {
  expect(integrations).toHaveLength(2);
  const { timeout } = lambda("api", stage);
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
  const [proxy] = resources<{ path_part: string }>("aws_api_gateway_resource", stage);
  expect(proxy?.path_part).toBe("{proxy+}");
});

test("the REST API asks for a provider that accepts a streamed integration of more than five minutes", () => {
  const { version } = stage.configuration.terraform.required_providers.aws!;
  const [, minor] = /^>= 6\.(\d+)\.0, < 7\.0\.0$/.exec(version) ?? [];
  expect(Number(minor)).toBeGreaterThan(25);
});

test("the REST API is regional: an edge endpoint cuts a stream after 30 seconds of silence", () => {
  expect(resources("aws_api_gateway_rest_api", stage)[0]).toMatchObject({
    endpoint_configuration: { types: ["REGIONAL"] },
  });
});

test("its access logs hold no query string, header, body or identity beyond the address", () => {
  const [live] = resources<{ access_log_settings: { format: string } }>("aws_api_gateway_stage", stage);
  const variables = live!.access_log_settings.format.match(/\$context\.[\w.]+/g)!;
  expect(variables).toContain("$context.status");
  for (const variable of variables) {
    expect(variable).not.toMatch(/query|header|body|authorizer|apiKey|error\.message|userAgent/i);
  }
  expect(resources("aws_api_gateway_method_settings", stage)[0]).toMatchObject({
    settings: { logging_level: "OFF", data_trace_enabled: false, throttling_rate_limit: 1_000 },
  });
});
