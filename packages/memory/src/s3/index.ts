/** Memory's stores in S3. */
export { createLocalBucket } from "./create-local-bucket.ts";
export { S3TurnBodies } from "./turn-bodies.ts";
