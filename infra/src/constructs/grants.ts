/** What a function may do: each grant names its actions and the resources they are for. */
import { metricNamespace } from "@caprock/metering";
import type { DeployedTable } from "./tables.ts";

/** One Allow statement of an IAM policy. */
export interface Grant {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  /** Only where this request value is this one, or is like it where the test says so. */
  readonly only?: {
    readonly variable: string;
    readonly value: string;
    readonly test?: "StringEquals" | "StringLike";
  };
}

type TableAction = "BatchGetItem" | "DeleteItem" | "GetItem" | "PutItem" | "UpdateItem" | "Query" | "Scan";

/** The named actions on a table itself, not on its indexes. */
export function grantTable({ resource }: DeployedTable, actions: readonly TableAction[]): Grant {
  return { actions: actions.map((action) => `dynamodb:${action}`), resources: [resource.arn] };
}

/** Query on every index of a table, not on the table itself. */
export function grantIndexQuery({ declaration, resource }: DeployedTable): Grant {
  const indexes = declaration.indexes ?? [];
  return {
    actions: ["dynamodb:Query"],
    resources: indexes.map((index) => `${resource.arn}/index/${index.name}`),
  };
}

export interface ModelGrantOptions {
  readonly region: string;
  readonly accountId: string;
  readonly foundationModels: readonly string[];
  readonly inferenceProfiles: readonly string[];
}

/**
 * Inference on the models named. Converse and ConverseStream are authorised as InvokeModel and
 * InvokeModelWithResponseStream. A cross-region profile needs the right to the model in every region that it
 * may route to, and a global one in an ARN without a region: hence no region is fixed for models.
 */
export function grantModels(options: ModelGrantOptions): Grant {
  return {
    actions: ["bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream", "bedrock:CountTokens"],
    resources: modelResources(options),
  };
}

function modelResources(options: ModelGrantOptions): readonly string[] {
  const { region, accountId, foundationModels, inferenceProfiles } = options;
  return [
    ...foundationModels.flatMap((id) => [
      `arn:aws:bedrock:*::foundation-model/${id}`,
      `arn:aws:bedrock:::foundation-model/${id}`,
    ]),
    ...inferenceProfiles.map((id) => `arn:aws:bedrock:${region}:${accountId}:inference-profile/${id}`),
    // Tenants' own: each is of a model that is named above.
    `arn:aws:bedrock:${region}:${accountId}:application-inference-profile/*`,
  ];
}

/**
 * Asking guardrails of this account, in this region, for calls that name one around a chat (AWS authorises that as
 * ApplyGuardrail too) and for calls of a guardrail alone.
 */
export function grantGuardrails({
  region,
  accountId,
}: Pick<ModelGrantOptions, "region" | "accountId">): Grant {
  return {
    actions: ["bedrock:ApplyGuardrail"],
    resources: [`arn:aws:bedrock:${region}:${accountId}:guardrail/*`],
  };
}

/** Posting to the connections of a WebSocket API. */
export function grantConnections(executionArn: string): Grant {
  return { actions: ["execute-api:ManageConnections"], resources: [`${executionArn}/*/POST/@connections/*`] };
}

/** Making tenants' inference profiles of the models named, and looking at those that are there. */
export function grantProfiles(options: ModelGrantOptions): Grant {
  return {
    actions: ["bedrock:CreateInferenceProfile", "bedrock:GetInferenceProfile", "bedrock:TagResource"],
    resources: modelResources(options),
  };
}

/** Sending metrics where the settings say so. CloudWatch has no resources to name; the namespace is its condition. */
export function grantMetricsWrite({
  CAPROCK_METRICS: destination,
}: {
  readonly CAPROCK_METRICS?: string;
}): Grant[] {
  return destination === "cloudwatch"
    ? [
        {
          actions: ["cloudwatch:PutMetricData"],
          resources: ["*"],
          only: { variable: "cloudwatch:namespace", value: metricNamespace },
        },
      ]
    : [];
}

/** Reading metrics: CloudWatch offers neither a resource nor a condition for these. */
export function grantMetricsRead(): Grant {
  return { actions: ["cloudwatch:GetMetricData", "cloudwatch:ListMetrics"], resources: ["*"] };
}

/** Listing and reading one bucket. */
export function grantBucketRead(bucketArn: string): Grant[] {
  return [
    { actions: ["s3:ListBucket"], resources: [bucketArn] },
    { actions: ["s3:GetObject"], resources: [`${bucketArn}/*`] },
  ];
}
