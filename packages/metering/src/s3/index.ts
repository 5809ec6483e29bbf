/** Adapters of metering's ports to S3. */
export { S3BillingExport, type S3BillingExportOptions } from "./billing-export.ts";
export { S3InvocationLog, type S3InvocationLogOptions } from "./invocation-log.ts";
