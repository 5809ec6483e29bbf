import { gatewayMessageTemplate } from "@caprock/contract";
import { afterAll, expect, test } from "vitest";
import { production } from "../stages/production.ts";
import { resources, synthesizeForTest } from "../testing/synthesized-stage.ts";

const stage = synthesizeForTest(production);
afterAll(() => stage.remove());

test("the WebSocket API lets in whom the function lets in, and hands texts on without waiting, with what the authorizer said", () => {
  const routes = resources<{ route_key: string; authorization_type?: string }>(
    "aws_apigatewayv2_route",
    stage,
  );
  expect(routes.map(({ route_key, authorization_type }) => [route_key, authorization_type])).toEqual([
    ["$connect", "CUSTOM"],
    ["$default", undefined],
  ]);
  const texts = resources<Record<string, unknown>>("aws_apigatewayv2_integration", stage).find(
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
  const actions = (policy as { statement: { actions: string[] }[] }).statement.flatMap((one) => one.actions);
  expect(actions).toContain("execute-api:ManageConnections");
  expect(actions).not.toContain("bedrock:CreateInferenceProfile");
});
