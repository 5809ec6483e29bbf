/** A bucket that nobody outside the account reaches: encrypted, over TLS alone, and its objects expire. */
import {
  DataAwsIamPolicyDocument,
  type DataAwsIamPolicyDocumentStatement,
} from "@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js";
import { S3Bucket } from "@cdktf/provider-aws/lib/s3-bucket/index.js";
import { S3BucketLifecycleConfiguration } from "@cdktf/provider-aws/lib/s3-bucket-lifecycle-configuration/index.js";
import { S3BucketPolicy } from "@cdktf/provider-aws/lib/s3-bucket-policy/index.js";
import { S3BucketPublicAccessBlock } from "@cdktf/provider-aws/lib/s3-bucket-public-access-block/index.js";
import { S3BucketServerSideEncryptionConfigurationA } from "@cdktf/provider-aws/lib/s3-bucket-server-side-encryption-configuration/index.js";
import { Construct } from "constructs";

export interface PrivateBucketProps {
  /** Account and region follow it: bucket names are unique over all of AWS. */
  readonly name: string;
  readonly accountId: string;
  readonly region: string;
  readonly expireAfterDays: number;
  /** What the bucket's own policy allows, for a service of AWS; functions are allowed by their roles. */
  readonly allow?: (bucketArn: string) => readonly DataAwsIamPolicyDocumentStatement[];
}

export class PrivateBucket extends Construct {
  readonly bucket: S3Bucket;
  readonly policy: S3BucketPolicy;

  constructor(scope: Construct, id: string, props: PrivateBucketProps) {
    super(scope, id);
    const { name, accountId, region, expireAfterDays, allow = () => [] } = props;
    this.bucket = new S3Bucket(this, "bucket", { bucket: `${name}-${accountId}-${region}` });
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
          expiration: [{ days: expireAfterDays }],
          abortIncompleteMultipartUpload: [{ daysAfterInitiation: 1 }],
        },
      ],
    });
    const { arn } = this.bucket;
    const document = new DataAwsIamPolicyDocument(this, "policy-document", {
      statement: [
        ...allow(arn),
        {
          sid: "OnlyOverTls",
          effect: "Deny",
          principals: [{ type: "*", identifiers: ["*"] }],
          actions: ["s3:*"],
          resources: [arn, `${arn}/*`],
          condition: [{ test: "Bool", variable: "aws:SecureTransport", values: ["false"] }],
        },
      ],
    });
    this.policy = new S3BucketPolicy(this, "policy", { bucket, policy: document.json, dependsOn: [closed] });
  }
}
