import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createBedrockClient, localCredentials } from "@caprock/platform";
import { afterEach, expect, test } from "vitest";
import { BedrockInferenceProfiles } from "./bedrock-inference-profiles.ts";

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A control plane that answers everything so. */
async function profilesOf(status: number, name: string, message: string): Promise<BedrockInferenceProfiles> {
  server = createServer((_, response) => {
    response.writeHead(status, { "content-type": "application/json", "x-amzn-errortype": name });
    response.end(JSON.stringify({ message }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const region = "us-east-1";
  return new BedrockInferenceProfiles(
    createBedrockClient({ region, endpoint, credentials: localCredentials }),
    region,
  );
}

const wanted = { name: "caprock", sourceId: "amazon.nova-lite-v1:0", isSystemProfile: false, tags: {} };

test("why AWS makes no profile is told in its own words: it is the admin's to mend", async () => {
  const profiles = await profilesOf(400, "ServiceQuotaExceededException", "Too many profiles.");
  await expect(profiles.create(wanted)).rejects.toMatchObject({
    problem: {
      code: "upstream_rejected",
      message: "AWS did not make the inference profile: ServiceQuotaExceededException: Too many profiles.",
    },
  });
});

test("what AWS failed at itself stays its failure", async () => {
  const profiles = await profilesOf(500, "InternalServerException", "Oops.");
  await expect(profiles.create(wanted)).rejects.toMatchObject({
    name: "InternalServerException",
    $fault: "server",
  });
});
