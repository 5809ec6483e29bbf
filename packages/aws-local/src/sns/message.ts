/** One message to publish: read from a request and checked as SNS does. */
import { notServed } from "../query-service.ts";
import { snsError } from "./errors.ts";
import { entriesOf } from "./form.ts";

export interface MessageAttribute {
  /** String, Number, Binary or String.Array. */
  readonly Type: string;
  /** Base64 when binary. */
  readonly Value: string;
}

export interface Message {
  readonly message: string;
  readonly subject?: string | undefined;
  readonly attributes: Readonly<Record<string, MessageAttribute>>;
}

const maxMessageBytes = 256 * 1024;

/** `form` has the parameters of Publish, or of one entry of PublishBatch. Throws a QueryError. */
export function readMessage(form: URLSearchParams): Message {
  const message = form.get("Message") ?? "";
  const subject = form.get("Subject") ?? undefined;
  if (message === "") {
    throw snsError("InvalidParameter", "Invalid parameter: Empty message");
  }
  if (form.has("MessageStructure")) {
    throw notServed("MessageStructure");
  }
  if (subject !== undefined && !/^[!-~][ -~]{0,99}$/.test(subject)) {
    throw snsError("InvalidParameter", "Invalid parameter: Subject");
  }
  const attributes = Object.fromEntries(entriesOf(form, "MessageAttributes.entry").map(readAttribute));
  const attributeTexts = Object.entries(attributes).flatMap(([name, { Type, Value }]) => [name, Type, Value]);
  const bytes = [message, ...attributeTexts].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes > maxMessageBytes) {
    throw snsError("InvalidParameter", "Invalid parameter: Message too long");
  }
  return { message, subject, attributes };
}

function readAttribute(entry: Map<string, string>): [name: string, attribute: MessageAttribute] {
  const name = entry.get("Name") ?? "";
  const type = entry.get("Value.DataType") ?? "";
  const value = entry.get(type.startsWith("Binary") ? "Value.BinaryValue" : "Value.StringValue") ?? "";
  if (
    !/^[\w.-]{1,256}$/.test(name) ||
    !/^(String|Number|Binary|String\.Array)(\..+)?$/.test(type) ||
    !value
  ) {
    throw snsError("InvalidParameter", `Invalid parameter: MessageAttributes: the attribute "${name}"`);
  }
  return [name, { Type: type, Value: value }];
}
