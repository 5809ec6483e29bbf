/** Reads one line of Bedrock's model invocation log. */
import { defaultApplication } from "@caprock/domain";
import { z } from "zod";
import { type LoggedInvocation, metadataKeys } from "../invocation-log.ts";
import { readUnits } from "../units-text.ts";

const count = z.number().int().min(0).optional().default(0);

/**
 * The members used here of a record (AWS Bedrock user guide, "model-invocation-logging": schemaType
 * ModelInvocationLog, schemaVersion 1.0). Without cacheDetails, cache writes count as the default TTL of 5 minutes.
 */
const logRecord = z.object({
  requestId: z.string().optional(),
  modelId: z.string(),
  requestMetadata: z.record(z.string(), z.string()).optional(),
  serviceTier: z.string().optional(),
  /** Of an invocation that failed. */
  errorCode: z.string().optional(),
  input: z.object({
    inputTokenCount: count,
    cacheReadInputTokenCount: count,
    cacheWriteInputTokenCount: count,
    cacheDetails: z.array(z.object({ ttl: z.string(), inputTokens: z.number() })).optional(),
  }),
  output: z.object({ outputTokenCount: count }).optional(),
});

/** The invocation a line tells of; undefined for lines of other callers, other kinds, or no JSON at all. */
export function readLogRecord(line: string): LoggedInvocation | undefined {
  const parsed = logRecord.safeParse(parseJson(line));
  if (!parsed.success) {
    return undefined;
  }
  const { modelId, requestMetadata = {}, serviceTier, errorCode, input, output } = parsed.data;
  const tenantId = requestMetadata[metadataKeys.tenant];
  const requestId = requestMetadata[metadataKeys.request];
  const grantId = requestMetadata[metadataKeys.grant];
  if (!tenantId || !requestId) {
    return undefined;
  }
  const cacheWrite1h = (input.cacheDetails ?? [])
    .filter(({ ttl }) => ttl === "1h")
    .reduce((sum, { inputTokens }) => sum + inputTokens, 0);
  const units = requestMetadata[metadataKeys.units];
  const parts = Number(requestMetadata[metadataKeys.parts]);
  return {
    // Bedrock always names it. If it ever does not, the call is counted, once.
    awsRequestId: parsed.data.requestId ?? requestId,
    tenantId,
    requestId,
    apiKeyId: requestMetadata[metadataKeys.apiKey] ?? "unknown",
    wire: requestMetadata[metadataKeys.wire] ?? "unknown",
    application: requestMetadata[metadataKeys.application] ?? defaultApplication,
    ...(grantId === undefined ? {} : { grantId }),
    invokedId: requestMetadata[metadataKeys.source] ?? modelId,
    serviceTier: serviceTier ?? "default",
    usage: {
      input: input.inputTokenCount,
      cacheRead: input.cacheReadInputTokenCount,
      cacheWrite5m: Math.max(0, input.cacheWriteInputTokenCount - cacheWrite1h),
      cacheWrite1h,
      output: output?.outputTokenCount ?? 0,
    },
    ...(Number.isSafeInteger(parts) && parts > 1 ? { parts } : {}),
    ...(units === undefined || errorCode !== undefined ? {} : { units: readUnits(units) }),
  };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
