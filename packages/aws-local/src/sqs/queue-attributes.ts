/** A queue's attributes: read from the strings of the wire, checked as SQS does, and told again. */
import { z } from "zod";
import { notServed } from "../query-service.ts";
import { sqsError } from "./errors.ts";

export const attributesSchema = z.record(z.string(), z.string());
export type RawAttributes = z.infer<typeof attributesSchema>;

const redriveSchema = z.object({
  deadLetterTargetArn: z.string().min(1),
  maxReceiveCount: z.coerce.number().int().min(1).max(1_000),
});

export interface QueueAttributes {
  readonly visibilityMs: number;
  readonly delayMs: number;
  readonly retentionMs: number;
  readonly waitMs: number;
  readonly maxMessageBytes: number;
  readonly redrive: z.infer<typeof redriveSchema> | undefined;
  /** As they were given, with SQS's defaults for the others. */
  readonly raw: RawAttributes;
}

/** The largest message, and the largest sum of a batch, since August 2025. */
export const mostMessageBytes = 1_048_576;

/** Range and default of each number: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const numbers = {
  VisibilityTimeout: [0, 43_200, 30],
  DelaySeconds: [0, 900, 0],
  MessageRetentionPeriod: [60, 1_209_600, 345_600],
  ReceiveMessageWaitTimeSeconds: [0, 20, 0],
  MaximumMessageSize: [1_024, mostMessageBytes, mostMessageBytes],
} as const;

/** Accepted and told again, without any effect here. */
const inert = ["SqsManagedSseEnabled", "KmsMasterKeyId", "KmsDataKeyReusePeriodSeconds", "Policy"];

/** Throws a QueryError that names the attribute at fault. */
export function readAttributes(raw: RawAttributes): QueueAttributes {
  for (const name of Object.keys(raw)) {
    if (name.startsWith("Fifo") || name === "RedriveAllowPolicy" || name === "ContentBasedDeduplication") {
      throw notServed(`the queue attribute ${name}`);
    }
    if (!(name in numbers) && name !== "RedrivePolicy" && !inert.includes(name)) {
      throw sqsError("InvalidAttributeName", `Unknown Attribute ${name}.`);
    }
  }
  const number = (name: keyof typeof numbers): number => {
    const [least, most, usual] = numbers[name];
    const value = raw[name] === undefined ? usual : Number(raw[name]);
    if (!Number.isInteger(value) || value < least || value > most) {
      throw sqsError("InvalidAttributeValue", `Invalid value for the parameter ${name}.`);
    }
    return value;
  };
  const told = Object.keys(numbers).map((name) => [name, `${number(name as keyof typeof numbers)}`]);
  return {
    visibilityMs: number("VisibilityTimeout") * 1_000,
    delayMs: number("DelaySeconds") * 1_000,
    retentionMs: number("MessageRetentionPeriod") * 1_000,
    waitMs: number("ReceiveMessageWaitTimeSeconds") * 1_000,
    maxMessageBytes: number("MaximumMessageSize"),
    redrive: raw.RedrivePolicy ? readRedrive(raw.RedrivePolicy) : undefined,
    raw: { ...Object.fromEntries(told), ...raw },
  };
}

function readRedrive(text: string): z.infer<typeof redriveSchema> {
  try {
    return redriveSchema.parse(JSON.parse(text));
  } catch {
    throw sqsError(
      "InvalidParameterValue",
      `Value ${text} for parameter RedrivePolicy is invalid. Reason: not a redrive policy.`,
    );
  }
}
