/**
 * Bedrock's own record of each call: what cut streams and crashed calls are settled from.
 *
 * Not confirmed: that Bedrock writes records (request metadata and token counts) at all when every kind of data
 * delivery is off. No text of AWS that we could read says so or denies it. The first deployment has to show it:
 * make one call, and within the hour look below `AWSLogs/` in the bucket for a record with its `requestMetadata`
 * and token counts. Records that never come are worse than no log: the worker takes a crashed call that the log
 * does not show for one that never ran, and releases its hold uncharged. If none comes, set `logBodies`.
 *
 * `logBodies` is off by default because prompts stored against a tenant's will cannot be unstored, whereas missing
 * records are found by that one look and mended by one switch. The switch is for text alone: images, video and
 * embeddings stay off.
 */
import { BedrockModelInvocationLoggingConfiguration } from "@cdktf/provider-aws/lib/bedrock-model-invocation-logging-configuration/index.js";
import { Construct } from "constructs";
import type { Stage } from "../stages/stage.ts";
import type { InvocationLogLocation } from "./invocation-log-location.ts";
import { PrivateBucket } from "./private-bucket.ts";

export interface InvocationLogProps {
  readonly stage: Stage;
  readonly accountId: string;
}

export class InvocationLog extends Construct {
  readonly location: InvocationLogLocation;

  constructor(scope: Construct, id: string, { stage, accountId }: InvocationLogProps) {
    super(scope, id);
    const { bucket, policy } = new PrivateBucket(this, "objects", {
      name: `${stage.namePrefix}-invocation-log`,
      region: stage.region,
      accountId,
      expireAfterDays: stage.invocationLogRetentionDays,
      // Bedrock of this account and region may write its logs.
      allow: (arn) => [
        {
          sid: "BedrockWritesLogs",
          principals: [{ type: "Service", identifiers: ["bedrock.amazonaws.com"] }],
          actions: ["s3:PutObject"],
          resources: [`${arn}/AWSLogs/${accountId}/BedrockModelInvocationLogs/*`],
          condition: [
            { test: "StringEquals", variable: "aws:SourceAccount", values: [accountId] },
            {
              test: "ArnLike",
              variable: "aws:SourceArn",
              values: [`arn:aws:bedrock:${stage.region}:${accountId}:*`],
            },
          ],
        },
      ],
    });
    this.location = { bucketName: bucket.bucket, bucketArn: bucket.arn };
    new BedrockModelInvocationLoggingConfiguration(this, "logging", {
      loggingConfig: [
        {
          s3Config: [{ bucketName: bucket.id }],
          textDataDeliveryEnabled: stage.logBodies,
          imageDataDeliveryEnabled: false,
          embeddingDataDeliveryEnabled: false,
          videoDataDeliveryEnabled: false,
        },
      ],
      // Bedrock tries the bucket when logging is switched on.
      dependsOn: [policy],
    });
  }
}
