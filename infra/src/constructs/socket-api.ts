/** The WebSocket API in front of the socket function: it authorizes connections, and hands every text on without waiting. */
import { gatewayMessageTemplate } from "@caprock/contract";
import { Apigatewayv2Api } from "@cdktf/provider-aws/lib/apigatewayv2-api/index.js";
import { Apigatewayv2Authorizer } from "@cdktf/provider-aws/lib/apigatewayv2-authorizer/index.js";
import { Apigatewayv2Deployment } from "@cdktf/provider-aws/lib/apigatewayv2-deployment/index.js";
import { Apigatewayv2Integration } from "@cdktf/provider-aws/lib/apigatewayv2-integration/index.js";
import { Apigatewayv2IntegrationResponse } from "@cdktf/provider-aws/lib/apigatewayv2-integration-response/index.js";
import { Apigatewayv2Route } from "@cdktf/provider-aws/lib/apigatewayv2-route/index.js";
import { Apigatewayv2Stage } from "@cdktf/provider-aws/lib/apigatewayv2-stage/index.js";
import type { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { LambdaFunctionEventInvokeConfig } from "@cdktf/provider-aws/lib/lambda-function-event-invoke-config/index.js";
import { LambdaPermission } from "@cdktf/provider-aws/lib/lambda-permission/index.js";
import { Fn } from "cdktf";
import { Construct } from "constructs";
import type { Stage } from "../stages/stage.ts";

export interface SocketApiProps {
  readonly stage: Stage;
  readonly lambda: LambdaFunction;
  /** Made by `declareSocketApi`, before the function that may post to its connections. */
  readonly api: Apigatewayv2Api;
}

/** The API itself: its function has to know it, and it has to know its function. */
export function declareSocketApi(scope: Construct, id: string, stage: Stage): Apigatewayv2Api {
  return new Apigatewayv2Api(scope, id, {
    name: `${stage.namePrefix}-socket`,
    description: "Caprock: chat over WebSockets",
    protocolType: "WEBSOCKET",
    // Every text takes the one route; what it asks for is said inside.
    routeSelectionExpression: "\\$default",
  });
}

export class SocketApi extends Construct {
  /** What a client connects to. */
  readonly url: string;

  constructor(scope: Construct, id: string, { stage, lambda, api }: SocketApiProps) {
    super(scope, id);
    const authorizer = new Apigatewayv2Authorizer(this, "authorizer", {
      apiId: api.id,
      name: "api-key",
      authorizerType: "REQUEST",
      authorizerUri: lambda.invokeArn,
      // No identity source: a key comes in one of three headers, and the function looks for it.
      identitySources: [],
    });
    const opening = new Apigatewayv2Integration(this, "opening", {
      apiId: api.id,
      integrationType: "AWS_PROXY",
      integrationUri: lambda.invokeArn,
    });
    const texts = new Apigatewayv2Integration(this, "texts", {
      apiId: api.id,
      integrationType: "AWS",
      integrationMethod: "POST",
      integrationUri: lambda.invokeArn,
      // A turn takes longer than the 29 seconds that an integration may: the function answers on the connection.
      requestParameters: { "integration.request.header.X-Amz-Invocation-Type": "'Event'" },
      requestTemplates: { $default: gatewayMessageTemplate },
      templateSelectionExpression: "\\$default",
      passthroughBehavior: "NEVER",
      contentHandlingStrategy: "CONVERT_TO_TEXT",
    });
    const accepted = new Apigatewayv2IntegrationResponse(this, "accepted", {
      apiId: api.id,
      integrationId: texts.id,
      integrationResponseKey: "$default",
    });
    const routes = [
      new Apigatewayv2Route(this, "connect-route", {
        apiId: api.id,
        routeKey: "$connect",
        authorizationType: "CUSTOM",
        authorizerId: authorizer.id,
        target: `integrations/${opening.id}`,
      }),
      new Apigatewayv2Route(this, "text-route", {
        apiId: api.id,
        routeKey: "$default",
        target: `integrations/${texts.id}`,
      }),
    ];
    new LambdaPermission(this, "may-invoke", {
      action: "lambda:InvokeFunction",
      functionName: lambda.functionName,
      principal: "apigateway.amazonaws.com",
      sourceArn: `${api.executionArn}/*`,
    });
    new LambdaFunctionEventInvokeConfig(this, "once", {
      functionName: lambda.functionName,
      // A turn that failed has been told so; its client decides whether it asks again.
      maximumRetryAttempts: 0,
      maximumEventAgeInSeconds: 60,
    });
    const deployment = new Apigatewayv2Deployment(this, "deployment", {
      apiId: api.id,
      // A deployment is a snapshot: without this a changed route would never be served.
      triggers: {
        routes: Fn.sha1(
          Fn.jsonencode([
            ...routes.map((route) => [route.routeKey, route.target]),
            texts.requestTemplates,
            texts.requestParameters,
          ]),
        ),
      },
      dependsOn: [...routes, accepted],
      lifecycle: { createBeforeDestroy: true },
    });
    const live = new Apigatewayv2Stage(this, "live", {
      apiId: api.id,
      deploymentId: deployment.id,
      name: "live",
      defaultRouteSettings: {
        throttlingRateLimit: stage.api.requestsPerSecond,
        throttlingBurstLimit: stage.api.requestBurst,
        detailedMetricsEnabled: true,
        loggingLevel: "OFF",
        dataTraceEnabled: false,
      },
    });
    this.url = live.invokeUrl;
  }
}
