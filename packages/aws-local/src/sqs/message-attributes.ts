/** The digest of message attributes that SDK clients check. */
import { createHash } from "node:crypto";
import { z } from "zod";

const schema = z.record(
  z.string(),
  z.object({ DataType: z.string(), StringValue: z.string().optional(), BinaryValue: z.string().optional() }),
);

/**
 * MD5 over name, type, kind of value and value of each attribute in order of name, each with its length before it:
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
export function digestAttributes(attributes: unknown): string {
  const hash = createHash("md5");
  const add = (bytes: Buffer) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const [name, value] of Object.entries(schema.parse(attributes)).sort(([a], [b]) => (a < b ? -1 : 1))) {
    add(Buffer.from(name));
    add(Buffer.from(value.DataType));
    hash.update(Buffer.from([value.BinaryValue === undefined ? 1 : 2]));
    add(
      value.BinaryValue === undefined
        ? Buffer.from(value.StringValue ?? "")
        : Buffer.from(value.BinaryValue, "base64"),
    );
  }
  return hash.digest("hex");
}
