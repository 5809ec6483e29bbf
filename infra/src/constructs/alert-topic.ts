/** The topic that alerts are published to. Who wants them subscribes to it. */
import { DataAwsIamPolicyDocument } from "@cdktf/provider-aws/lib/data-aws-iam-policy-document/index.js";
import { KmsKey } from "@cdktf/provider-aws/lib/kms-key/index.js";
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { Construct } from "constructs";
import type { Grant } from "./grants.ts";

export interface AlertTopicProps {
  readonly namePrefix: string;
  readonly accountId: string;
}

/** What whoever publishes to an encrypted topic must be allowed to do with its key. */
const keyActions = ["kms:Decrypt", "kms:GenerateDataKey"] as const;

/**
 * Encrypted with a key of its own: CloudWatch's alarms cannot publish to a topic under the key that AWS manages for SNS
 * (AWS re:Post, "How do I configure CloudWatch alarms to publish to an encrypted SNS topic").
 */
export class AlertTopic extends Construct {
  readonly arn: string;
  private readonly key: KmsKey;

  constructor(scope: Construct, id: string, { namePrefix, accountId }: AlertTopicProps) {
    super(scope, id);
    this.key = new KmsKey(this, "key", {
      description: `${namePrefix}: alerts`,
      enableKeyRotation: true,
      policy: this.#keyPolicyJson(accountId),
    });
    this.arn = new SnsTopic(this, "topic", {
      name: `${namePrefix}-alerts`,
      kmsMasterKeyId: this.key.arn,
    }).arn;
  }

  /** Publishing to this topic alone. */
  get publish(): readonly Grant[] {
    return [
      { actions: ["sns:Publish"], resources: [this.arn] },
      { actions: keyActions, resources: [this.key.arn] },
    ];
  }

  /** The account's own policies decide, and CloudWatch may tell of alarms of this account. */
  #keyPolicyJson(accountId: string): string {
    return new DataAwsIamPolicyDocument(this, "key-policy", {
      statement: [
        {
          sid: "Account",
          principals: [{ type: "AWS", identifiers: [`arn:aws:iam::${accountId}:root`] }],
          actions: ["kms:*"],
          resources: ["*"],
        },
        {
          sid: "Alarms",
          principals: [{ type: "Service", identifiers: ["cloudwatch.amazonaws.com"] }],
          actions: [...keyActions],
          resources: ["*"],
          condition: [{ test: "StringEquals", variable: "aws:SourceAccount", values: [accountId] }],
        },
      ],
    }).json;
  }
}
