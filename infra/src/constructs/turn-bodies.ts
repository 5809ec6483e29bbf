/** The bucket of what is said in large turns, and who may do what with it. */
import { apiSettings } from "@caprock/platform";
import { Construct } from "constructs";
import type { Stage } from "../stages/stage.ts";
import type { Grant } from "./grants.ts";
import { PrivateBucket } from "./private-bucket.ts";

const dayMs = 86_400_000;

export class TurnBodies extends Construct {
  readonly bucketName: string;
  private readonly bucketArn: string;

  constructor(scope: Construct, id: string, { stage, accountId }: { stage: Stage; accountId: string }) {
    super(scope, id);
    const { bucket } = new PrivateBucket(this, "objects", {
      name: `${stage.namePrefix}-turn-bodies`,
      region: stage.region,
      accountId,
      expireAfterDays: bodyDays(stage),
    });
    this.bucketName = bucket.bucket;
    this.bucketArn = bucket.arn;
  }

  /** By which a process finds it. */
  get settings() {
    return { CAPROCK_TURN_BODIES_BUCKET: this.bucketName };
  }

  /** Long-term memory takes in what was said. */
  get read(): readonly Grant[] {
    return this.#grants(["GetObject"]);
  }

  /** A turn reads its session and keeps itself; one that lost its place takes back what it wrote. Forgetting deletes. */
  get readAndWrite(): readonly Grant[] {
    return this.#grants(["GetObject", "PutObject", "DeleteObject"]);
  }

  /** Whoever may not list is told of a missing object as of a forbidden one (S3 API, GetObject), and it has to be told apart. */
  #grants(actions: readonly string[]): readonly Grant[] {
    return [
      {
        actions: actions.map((action) => `s3:${action}`),
        resources: [`${this.bucketArn}/tenants/*/sessions/*`],
      },
      { actions: ["s3:ListBucket"], resources: [this.bucketArn] },
    ];
  }
}

/**
 * A body is written before its turn is, and removed after that has expired: the day more is for the moments between. So
 * goes, too, what a writer has left that died.
 */
function bodyDays({ api: { settings } }: Stage): number {
  const keptForMs = apiSettings.shape.CAPROCK_SESSION_KEPT_MS.parse(
    "CAPROCK_SESSION_KEPT_MS" in settings ? settings.CAPROCK_SESSION_KEPT_MS : undefined,
  );
  return Math.ceil(keptForMs / dayMs) + 1;
}
