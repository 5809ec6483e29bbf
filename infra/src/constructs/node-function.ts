/** A Lambda function of ours: code folder, log group with an end, and a role with the grants named. */
import { CloudwatchLogGroup } from "@cdktf/provider-aws/lib/cloudwatch-log-group/index.js";
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js";
import { IamRole } from "@cdktf/provider-aws/lib/iam-role/index.js";
import { IamRolePolicy } from "@cdktf/provider-aws/lib/iam-role-policy/index.js";
import { LambdaFunction } from "@cdktf/provider-aws/lib/lambda-function/index.js";
import { Construct } from "constructs";
import { zipCode } from "./code-zip.ts";
import type { Grant } from "./grants.ts";
import { serviceRoleTrust } from "./service-role.ts";

export interface NodeFunctionProps {
  readonly functionName: string;
  readonly description: string;
  /** Folder with `index.mjs`, which exports `handler`. */
  readonly codeFolder: string;
  readonly memoryMb: number;
  readonly timeoutSeconds: number;
  readonly reservedConcurrency: number;
  readonly logRetentionDays: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly grants: readonly Grant[];
}

export class NodeFunction extends Construct {
  readonly lambda: LambdaFunction;

  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    super(scope, id);
    const logGroup = new CloudwatchLogGroup(this, "logs", {
      name: `/aws/lambda/${props.functionName}`,
      retentionInDays: props.logRetentionDays,
    });
    const role = new IamRole(this, "role", {
      name: props.functionName,
      assumeRolePolicy: serviceRoleTrust(this, "trust", "lambda.amazonaws.com"),
    });
    const writeLogs: Grant = {
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [`${logGroup.arn}:*`],
    };
    const permissions = new DataAwsIamPolicyDocument(this, "permissions", {
      statement: [writeLogs, ...props.grants].map(({ actions, resources, only }) => ({
        actions: [...actions],
        resources: [...resources],
        ...(only
          ? {
              condition: [
                { test: only.test ?? "StringEquals", variable: only.variable, values: [only.value] },
              ],
            }
          : {}),
      })),
    });
    const policy = new IamRolePolicy(this, "policy", {
      name: props.functionName,
      role: role.name,
      policy: permissions.json,
    });
    const code = zipCode(this, "code", props.codeFolder);
    this.lambda = new LambdaFunction(this, "function", {
      functionName: props.functionName,
      description: props.description,
      role: role.arn,
      runtime: "nodejs22.x",
      architectures: ["arm64"],
      handler: "index.handler",
      filename: code.path,
      sourceCodeHash: code.sha256Base64,
      memorySize: props.memoryMb,
      timeout: props.timeoutSeconds,
      reservedConcurrentExecutions: props.reservedConcurrency,
      environment: { variables: { NODE_OPTIONS: "--enable-source-maps", ...props.environment } },
      // Our lines are JSON already; Lambda's own JSON format would wrap them a second time.
      loggingConfig: { logFormat: "Text", logGroup: logGroup.name },
      dependsOn: [policy],
    });
  }
}
