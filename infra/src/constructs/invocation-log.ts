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
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy/index.js";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js";
import { Construct } from "constructs";
import type { Stage } from "../stages/stage.ts";
import type { InvocationLogLocation } from "./invocation-log-location.ts";

export interface InvocationLogProps {
  readonly stage: Stage;
  readonly accountId: string;
}

export class InvocationLog extends Construct {
  readonly bucket: S3Bucket;
  readonly location: InvocationLogLocation;

  constructor(scope: Construct, id: string, { stage, accountId }: InvocationLogProps) {
    super(scope, id);
    this.bucket = new S3Bucket(this, "bucket", {
      // Bucket names are unique over all of AWS.
      bucket: `${stage.namePrefix}-invocation-log-${accountId}-${stage.region}`,
    });
    this.location = { bucketName: this.bucket.bucket, bucketArn: this.bucket.arn };
    const bucket = this.bucket.id;
    const closed = new S3BucketPublicAccessBlock(this, "closed", {
      bucket,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    new S3BucketServerSideEncryptionConfigurationA(this, "encryption", {
      bucket,
      rule: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    });
    new S3BucketLifecycleConfiguration(this, "lifecycle", {
      bucket,
      rule: [
        {
          id: "expire",
          status: "Enabled",
          filter: [{ prefix: "" }],
          expiration: [{ days: stage.invocationLogRetentionDays }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
      ],
    });
    const policy = new S3BucketPolicy(this, "policy", {
      bucket,
      policy: this.#policyJson(stage.region, accountId),
      dependsOn: [closed],
    });
    new BedrockModelInvocationLoggingConfiguration(this, "logging", {
      loggingConfig: [
        {
          s3Config: [{ bucketName: bucket }],
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

  /** Bedrock of this account and region may write its logs; nobody may come without TLS. */
  #policyJson(region: string, accountId: string): string {
    const { arn } = this.bucket;
    return new DataAwsIamPolicyDocument(this, "policy-document", {
      statement: [
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
              values: [`arn:aws:bedrock:${region}:${accountId}:*`],
            },
          ],
        },
        {
          sid: "OnlyOverTls",
          effect: "Deny",
          principals: [{ type: "*", identifiers: ["*"] }],
          actions: ["s3:*"],
          resources: [arn, `${arn}/*`],
          condition: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
        },
      ],
    }).json;
  }
}
