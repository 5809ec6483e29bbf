/** A deployment whose sessions are kept by Bedrock Session Management. */
import {
  type BedrockAgentRuntimeClient,
  GetSessionCommand,
  ListInvocationsCommand,
  ListSessionsCommand,
} from "@aws-sdk/client-bedrock-agent-runtime";
import { createBedrockSessionsClient, localCredentials } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { openAiClient } from "../platform/clients.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

const model = "us.amazon.nova-lite-v1:0";
const named = { headers: { "x-caprock-session": "chat", "x-caprock-actor": "ann" } };

let platform: Platform;
let bedrock: BedrockAgentRuntimeClient;

beforeAll(async () => {
  platform = await startPlatform({ environment: { CAPROCK_SESSION_STORE: "bedrock" } });
  bedrock = createBedrockSessionsClient({
    region: "us-east-1",
    endpoint: platform.awsLocal.url,
    credentials: localCredentials,
  });
});
afterAll(async () => {
  bedrock?.destroy();
  await platform?.close();
});

test("an OpenAI client's chat goes on from what Bedrock keeps, and is forgotten there with proof", async () => {
  const tenant = await platform.createTenant();
  const openAi = openAiClient(platform.url, tenant);
  const say = (content: string) =>
    openAi.chat.completions.create({ model, messages: [{ role: "user", content }] }, named);
  await say("one");
  const second = await say("two");
  expect(second.choices[0]?.message.content).toContain("I read 3 messages");

  const { sessionSummaries = [] } = await bedrock.send(new ListSessionsCommand({}));
  expect(sessionSummaries).toHaveLength(1);
  const sessionIdentifier = sessionSummaries[0]?.sessionId;
  const kept = await bedrock.send(new GetSessionCommand({ sessionIdentifier }));
  expect(kept.sessionMetadata).toMatchObject({ caprock_tenant: tenant.id });
  const { invocationSummaries } = await bedrock.send(new ListInvocationsCommand({ sessionIdentifier }));
  expect(invocationSummaries).toHaveLength(2);

  const forgotten = await fetch(`${platform.url}/v1/sessions/chat`, {
    method: "DELETE",
    headers: { authorization: `Bearer ${tenant.apiKey}`, ...named.headers },
  });
  expect(await forgotten.json()).toMatchObject({ complete: true });
  expect((await bedrock.send(new ListSessionsCommand({}))).sessionSummaries).toEqual([]);
  const anew = await say("three");
  expect(anew.choices[0]?.message.content).toContain("I read 1 message");
  expect(await expectBooksToBalance(platform, tenant.id)).toHaveLength(3);
});
