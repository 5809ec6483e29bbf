/** Adapters of metering's ports to S3. */
export { S3InvocationLog, type S3InvocationLogOptions } from "./invocation-log.ts";
