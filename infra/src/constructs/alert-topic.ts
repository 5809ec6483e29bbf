/** The topic that alerts are published to. Who wants them subscribes to it. */
import { SnsTopic } from "@cdktf/provider-aws/lib/sns-topic/index.js";
import { Construct } from "constructs";
import type { Grant } from "./grants.ts";

export interface AlertTopicProps {
  readonly namePrefix: string;
}

/** Encrypted with the key that AWS manages for SNS: it lets in whoever in the account may publish. */
export class AlertTopic extends Construct {
  readonly arn: string;

  constructor(scope: Construct, id: string, { namePrefix }: AlertTopicProps) {
    super(scope, id);
    this.arn = new SnsTopic(this, "topic", {
      name: `${namePrefix}-alerts`,
      kmsMasterKeyId: "alias/aws/sns",
    }).arn;
  }

  /** Publishing to this topic alone. */
  get publish(): Grant {
    return { actions: ["sns:Publish"], resources: [this.arn] };
  }
}
