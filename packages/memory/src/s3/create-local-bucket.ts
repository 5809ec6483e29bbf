/** Makes the bucket of turn bodies on a local AWS; infra declares the real one. */
import { CreateBucketCommand, type S3Client } from "@aws-sdk/client-s3";

/** Keeps one that is there already. */
export async function createLocalBucket(client: S3Client, bucket: string): Promise<void> {
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
}
