/** Search over a long session, by two processes that each keep an index of it. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { writeLongSession } from "../platform/long-session.ts";
import { type RecordedBedrock, recordBedrock } from "../platform/recorded-bedrock.ts";
import { type Api, type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "us.amazon.nova-lite-v1:0";
const turns = 1_000;
const fact = "My order number is HK-48213.";
/** Without a question mark, so that the simulated model does not repeat the fact in an answer, which would be found too. */
const question = "Please tell me what my order number is.";

let recorded: RecordedBedrock;
let platform: Platform;
let first: Api;
let second: Api;

beforeAll(async () => {
  recorded = await recordBedrock();
  platform = await startPlatform({
    apis: 2,
    environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: recorded.url, CAPROCK_SEARCH_DEADLINE_MS: "20000" },
  });
  recorded.forwardTo(platform.awsLocal.url);
  [first, second] = platform.apis as [Api, Api];
});
afterAll(async () => {
  await platform?.close();
  recorded?.close();
});

function call(
  api: Api,
  { apiKey }: TestTenant,
  method: string,
  path: string,
  body?: object,
): Promise<Response> {
  return fetch(`${api.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${apiKey}`,
      "x-caprock-session": "chat",
      "x-caprock-actor": "ann",
      "x-caprock-report": "context",
      "x-caprock-context": '{"windowTokens":4000}',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}

/** Whether the model was shown the fact, and how many turns were not searched for it. */
async function ask(api: Api, tenant: TestTenant, content = question) {
  const answer = await call(api, tenant, "POST", "/v1/chat/completions", {
    model,
    messages: [{ role: "user", content }],
  });
  expect(await answer.text()).toContain("choices");
  const { unsearchedTurns } = JSON.parse(answer.headers.get("x-caprock-context-report") ?? "{}");
  return { knows: recorded.bodies.at(-1)?.includes("HK-48213"), unsearchedTurns };
}

const found = { knows: true, unsearchedTurns: 0 };
const notFound = { knows: false, unsearchedTurns: 0 };

test("what was said in turn 3 of 1,000 is found by every process, until it is deleted in any of them; a session of the same name begins without it", async () => {
  const tenant = await platform.createTenant();
  const session = { tenantId: tenant.id, actorId: "ann", sessionId: "chat" };
  await writeLongSession(platform, session, turns, (turn) => [
    {
      role: "user",
      content: [{ text: turn === 3 ? fact : `The lamp in room ${turn} flickers when it rains.` }],
    },
    { role: "assistant", content: [{ text: "I see. Please tell me more about the lamp." }] },
  ]);
  const stranger = await platform.createTenant();
  expect(await ask(first, tenant)).toEqual(found);
  expect(await ask(second, tenant)).toEqual(found);
  expect(await ask(first, tenant)).toEqual(found);
  expect(await ask(first, stranger)).toEqual(notFound);

  const listed = await call(first, tenant, "GET", "/v1/sessions/chat/turns?actor=ann&after=2&limit=1");
  const [third] = ((await listed.json()) as { data: { id: string }[] }).data;
  const deleted = await call(second, tenant, "DELETE", `/v1/sessions/chat/turns/${third?.id}?actor=ann`);
  expect(deleted.status).toBe(200);
  expect(await ask(first, tenant)).toEqual(notFound);
  expect(await ask(second, tenant)).toEqual(notFound);

  expect(await ask(first, tenant, fact)).toEqual(found);
  expect((await call(second, tenant, "DELETE", "/v1/sessions/chat?actor=ann")).status).toBe(200);
  expect(await ask(first, tenant)).toEqual(notFound);
  await expectBooksToBalance(platform, tenant.id);
}, 120_000);
