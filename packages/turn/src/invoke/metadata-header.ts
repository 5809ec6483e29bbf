/** Names an InvokeModel call in Bedrock's invocation log. */
import { metadataKeys, type UnitCounts, unitsText } from "@caprock/metering";

/**
 * Request metadata as InvokeModel takes it: JSON in a header, so in ASCII. What is billed by the piece stands
 * in it, and of how many invocations the call is to consist.
 */
export function metadataHeader(
  metadata: Readonly<Record<string, string>>,
  units: UnitCounts,
  parts = 1,
): Record<string, string> {
  const text = unitsText(units);
  const json = JSON.stringify({
    ...metadata,
    ...(text === "" ? {} : { [metadataKeys.units]: text }),
    ...(parts === 1 ? {} : { [metadataKeys.parts]: String(parts) }),
  });
  const ascii = json.replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return { "x-amzn-bedrock-request-metadata": ascii };
}
