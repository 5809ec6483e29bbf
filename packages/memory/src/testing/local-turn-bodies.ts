/** For tests: turn bodies in a bucket of a local AWS. */
import type { S3Client } from "@aws-sdk/client-s3";
import { createS3Client, localCredentials } from "@caprock/platform";
import { createLocalBucket } from "../s3/create-local-bucket.ts";
import { S3TurnBodies } from "../s3/turn-bodies.ts";

export const testBucket = "test-turn-bodies";

export async function localTurnBodies(awsLocalUrl: string): Promise<{ s3: S3Client; bodies: S3TurnBodies }> {
  const s3 = createS3Client({ region: "us-east-1", endpoint: awsLocalUrl, credentials: localCredentials });
  await createLocalBucket(s3, testBucket);
  return { s3, bodies: new S3TurnBodies(s3, testBucket) };
}
