/** The REST API in front of the API function: every path goes to it, and its answers stream. */
import { ApiGatewayDeployment } from "@cdktf/provider-aws/lib/api-gateway-deployment/index.js";
import { ApiGatewayIntegration } from "@cdktf/provider-aws/lib/api-gateway-integration/index.js";
import { ApiGatewayMethod } from "@cdktf/provider-aws/lib/api-gateway-method/index.js";
import { ApiGatewayMethodSettings } from "@cdktf/provider-aws/lib/api-gateway-method-settings/index.js";
import { ApiGatewayResource } from "@cdktf/provider-aws/lib/api-gateway-resource/index.js";
import { ApiGatewayRestApi } from "@cdktf/provider-aws/lib/api-gateway-rest-api/index.js";
import { ApiGatewayStage } from "@cdktf/provider-aws/lib/api-gateway-stage/index.js";
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission/index.js";
import { Fn, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { Stage } from "../stages/stage.ts";
import { apiTimeoutSeconds } from "./api-function.ts";

/** What one line of the access log says. No query string, header or body: they may hold a key or a prompt. */
const accessLogLine = {
  requestId: "$context.requestId",
  time: "$context.requestTime",
  method: "$context.httpMethod",
  path: "$context.path",
  status: "$context.status",
  errorType: "$context.error.responseType",
  integrationStatus: "$context.integration.status",
  integrationLatencyMs: "$context.integration.latency",
  responseLatencyMs: "$context.responseLatency",
  responseLengthBytes: "$context.responseLength",
  sourceIp: "$context.identity.sourceIp",
};

export interface TenantApiProps {
  readonly stage: Stage;
  readonly lambda: LambdaFunction;
  /** What has to stand before access logs can be switched on. */
  readonly logRole: readonly ITerraformDependable[];
}

export class TenantApi extends Construct {
  /** Base URL of the API, without a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { stage, lambda, logRole }: TenantApiProps) {
    super(scope, id);
    const api = new ApiGatewayRestApi(this, "rest", {
      name: `${stage.namePrefix}-api`,
      description: "Caprock: tenant API and admin API",
      // Edge-optimized endpoints cut a stream after 30 seconds of silence; regional ones after five minutes.
      endpointConfiguration: { types: ["REGIONAL"] },
      // Bodies arrive byte for byte, and base64 makes their size in the invocation predictable.
      binaryMediaTypes: ["*/*"],
    });
    const anyPath = new ApiGatewayResource(this, "any-path", {
      restApiId: api.id,
      parentId: api.rootResourceId,
      pathPart: "{proxy+}",
    });
    const integrations = [
      this.#route("root", api, api.rootResourceId, stage.region, lambda),
      this.#route("path", api, anyPath.id, stage.region, lambda),
    ];
    new LambdaPermission(this, "may-invoke", {
      action: "lambda:InvokeFunction",
      functionName: lambda.functionName,
      principal: "apigateway.amazonaws.com",
      sourceArn: `${api.executionArn}/*/*`,
    });
    this.url = this.#publish(stage, api, integrations, logRole);
  }

  #route(name: string, api: ApiGatewayRestApi, resourceId: string, region: string, lambda: LambdaFunction) {
    const method = new ApiGatewayMethod(this, `${name}-method`, {
      restApiId: api.id,
      resourceId,
      httpMethod: "ANY",
      // Caprock authenticates: by API key or admin token.
      authorization: "NONE",
    });
    return new ApiGatewayIntegration(this, `${name}-integration`, {
      restApiId: api.id,
      resourceId,
      httpMethod: method.httpMethod,
      type: "AWS_PROXY",
      integrationHttpMethod: "POST",
      // Streaming has its own invocation path; the bindings have no attribute for it yet.
      uri: `arn:aws:apigateway:${region}:lambda:path/2021-11-15/functions/${lambda.arn}/response-streaming-invocations`,
      responseTransferMode: "STREAM",
      timeoutMilliseconds: apiTimeoutSeconds * 1_000,
    });
  }

  #publish(
    stage: Stage,
    api: ApiGatewayRestApi,
    integrations: readonly ApiGatewayIntegration[],
    logRole: readonly ITerraformDependable[],
  ): string {
    const deployment = new ApiGatewayDeployment(this, "deployment", {
      restApiId: api.id,
      // A deployment is a snapshot: without this a changed route would never be served.
      triggers: {
        routes: Fn.sha1(
          Fn.jsonencode([
            api.binaryMediaTypes,
            ...integrations.map((route) => [
              route.resourceId,
              route.httpMethod,
              route.uri,
              route.responseTransferMode,
              route.timeoutMilliseconds,
            ]),
          ]),
        ),
      },
      dependsOn: [...integrations],
      lifecycle: { createBeforeDestroy: true },
    });
    const accessLog = new CloudwatchLogGroup(this, "access-log", {
      name: `/aws/apigateway/${stage.namePrefix}`,
      retentionInDays: stage.logRetentionDays,
    });
    const live = new ApiGatewayStage(this, "live", {
      restApiId: api.id,
      deploymentId: deployment.id,
      stageName: "live",
      accessLogSettings: { destinationArn: accessLog.arn, format: JSON.stringify(accessLogLine) },
      dependsOn: [...logRole],
    });
    new ApiGatewayMethodSettings(this, "defaults", {
      restApiId: api.id,
      stageName: live.stageName,
      methodPath: "*/*",
      settings: {
        throttlingRateLimit: stage.api.requestsPerSecond,
        throttlingBurstLimit: stage.api.requestBurst,
        metricsEnabled: true,
        // Execution logs and data traces would hold bodies.
        loggingLevel: "OFF",
        dataTraceEnabled: false,
      },
    });
    return live.invokeUrl;
  }
}
