/** What others in the same AWS account have logged: as their calls go on, the invocation log never falls silent. */
import { gzipSync } from "node:zlib";
import { systemRepeat } from "@caprock/platform";

const intervalMs = 500;

/** Delivers again and again, an object an hour; returns what ends it. */
export function logCallsOfOthers(endpoint: string, bucket: string): () => void {
  const line = JSON.stringify({
    schemaType: "ModelInvocationLog",
    schemaVersion: "1.0",
    modelId: "somebody.elses-model",
    input: { inputTokenCount: 1 },
    output: { outputTokenCount: 1 },
  });
  const folder = `${endpoint}/${bucket}/AWSLogs/210987654321/BedrockModelInvocationLogs/us-east-1`;
  return systemRepeat(async () => {
    const hour = new Date().toISOString().slice(0, 13).replace(/[-T]/g, "/");
    // A test may have the object store fail; the next delivery is soon.
    await fetch(`${folder}/${hour}/others.json.gz`, {
      method: "PUT",
      body: gzipSync(line),
    }).catch(() => undefined);
  }, intervalMs);
}
