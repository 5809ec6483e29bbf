/** The support chatbot: a conversation of 200 turns over a window of 4,000 tokens, kept by Caprock, never by its caller. */
import type { WitnessReport } from "@caprock/aws-local";
import { parseUsd } from "@caprock/domain";
import { afterAll, beforeAll, expect, test } from "vitest";
import { expectBooksToBalance } from "../platform/accounting.ts";
import { openAiClient } from "../platform/clients.ts";
import { type RecordedBedrock, recordBedrock } from "../platform/recorded-bedrock.ts";
import { type Platform, startPlatform, type TestTenant } from "../platform/start-platform.ts";

const model = "us.amazon.nova-lite-v1:0";
const windowTokens = 4_000;
const turns = 200;
const fact = "My order number is HK-48213, and the parcel went to the green shed at 14 Mill Lane.";
const question = "One more time: what is my order number, and where did the parcel go?";
const report = { "x-caprock-report": "context" };
const session = { "x-caprock-session": "ticket-7", "x-caprock-actor": "ann" };

let recorded: RecordedBedrock;
let platform: Platform;

beforeAll(async () => {
  recorded = await recordBedrock();
  platform = await startPlatform({ environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: recorded.url } });
  recorded.forwardTo(platform.awsLocal.url);
});
afterAll(async () => {
  await platform?.close();
  recorded?.close();
});

const things = [
  "kettle",
  "lamp",
  "desk",
  "router",
  "heater",
  "camera",
  "printer",
  "chair",
  "blender",
  "clock",
];
const troubles = [
  "makes a humming noise after ten minutes, and the manual says nothing of it",
  "does not switch on since the thunderstorm on Sunday, though the fuse is fine",
  "has a scratch on its left side that was not there in the shop",
  "came without the second screw bag, so that I cannot put it together",
  "smells of burnt plastic when it is used for longer than an hour",
  "shows a red light that blinks three times and then goes out again",
  "is a different colour than in the picture, more grey than blue",
];

/** What the customer says in a turn, counted from 1: long enough that twenty turns fill the window. */
function said(turn: number): string {
  if (turn === 3) {
    return fact;
  }
  if (turn >= turns - 1) {
    return question;
  }
  const thing = things[turn % things.length];
  return (
    `About the ${thing} in room ${turn}: it ${troubles[turn % troubles.length]}. ` +
    `I have tried what you told me for the ${things[(turn + 3) % things.length]}, and it changed nothing. ` +
    "Could you tell me what to try next, whether that is covered, and how long a repair takes?"
  );
}

/** Has the whole conversation with one tenant; returns the last two turns' prompts and answers, and the last report. */
async function converse(tenant: TestTenant) {
  const client = openAiClient(platform.url, tenant);
  const answers: string[] = [];
  let told: string | null = null;
  for (let turn = 1; turn <= turns; turn++) {
    // The last but one is asked without the search, to show what the window alone forgets.
    const policy = turn === turns - 1 ? { "x-caprock-context": '{"strategy":"window"}' } : {};
    const { response, data } = await client.chat.completions
      .create(
        { model, messages: [{ role: "user", content: said(turn) }] },
        { headers: { ...session, ...report, ...policy } },
      )
      .withResponse();
    told = response.headers.get("x-caprock-context-report");
    answers.push(data.choices[0]?.message.content ?? "");
  }
  const [windowOnly = "", withSearch = ""] = recorded.bodies.slice(-2);
  return { windowOnly, withSearch, answers: answers.slice(-2), told: JSON.parse(told ?? "{}") };
}

const invocationsOf = ({ id }: TestTenant): WitnessReport["invocations"] =>
  platform.awsLocal.witness({ tenant: id }).invocations;

const summaryWire = "caprock.summary";

async function billOf({ id }: TestTenant): Promise<bigint> {
  const entries = await expectBooksToBalance(platform, id);
  expect(entries.filter(({ wire }) => wire !== summaryWire)).toHaveLength(turns);
  return entries.reduce((sum, { costUsd }) => sum + parseUsd(costUsd), 0n);
}

/** What the same conversation costs with all of it in every prompt. */
let fullHistory: bigint;

test("200 turns over a window of 4,000 tokens never fail, are answered from what was said in turn 3, and cost a fraction of the full history", async () => {
  const small = await platform.createTenant();
  await platform.admin.updateTenant({
    params: { tenantId: small.id },
    body: { contextPolicy: { windowTokens } },
  });
  const { windowOnly, withSearch, answers, told } = await converse(small);
  expect(invocationsOf(small)).toHaveLength(turns);
  for (const { usage, status } of invocationsOf(small)) {
    expect(status).toBe("completed");
    expect(usage.input + usage.output).toBeLessThanOrEqual(windowTokens);
  }
  expect(windowOnly).not.toContain("HK-48213");
  expect(withSearch).toContain("HK-48213");
  expect(answers).toEqual([expect.not.stringContaining("HK-48213"), expect.stringContaining("HK-48213")]);
  expect(told.tokens.recalled).toBeGreaterThan(0);
  expect(told.changes).toContainEqual(expect.objectContaining({ action: "recalled", reason: "relevant" }));
  expect(JSON.stringify(told)).not.toContain("HK-48213");

  const full = await platform.createTenant();
  const whole = await converse(full);
  expect(whole.windowOnly).toContain("HK-48213");
  expect(whole.told.droppedMessages).toBe(0);
  fullHistory = await billOf(full);
  const permille = Number(((await billOf(small)) * 1_000n) / fullHistory);
  console.info(`The bill of a ${windowTokens} token window is ${permille / 10} % of the full history's.`);
  // Measured: 203. The texts are always the same; only the calibration of estimates varies.
  expect(permille).toBeLessThan(300);
}, 240_000);

test("with summaries it is the same, each is a receipt of the tenant, and what they cost leaves the bill a fraction", async () => {
  const tenant = await platform.createTenant();
  await platform.admin.updateTenant({
    params: { tenantId: tenant.id },
    body: { contextPolicy: { strategy: "summarise", windowTokens } },
  });
  const { withSearch, told } = await converse(tenant);
  expect(withSearch).toContain("HK-48213");
  expect(told.tokens.summary).toBeGreaterThan(0);
  for (const { usage, status } of invocationsOf(tenant)) {
    expect(status).toBe("completed");
    expect(usage.input + usage.output).toBeLessThanOrEqual(windowTokens);
  }
  const bill = await billOf(tenant);
  const summaries = (await expectBooksToBalance(platform, tenant.id)).filter(
    ({ wire }) => wire === summaryWire,
  );
  expect(summaries.length).toBeGreaterThan(20);
  const cost = summaries.reduce((sum, { costUsd }) => sum + parseUsd(costUsd), 0n);
  const permille = Number((bill * 1_000n) / fullHistory);
  console.info(
    `With ${summaries.length} summaries the bill is ${permille / 10} % of the full history's, ${Number((cost * 1_000n) / bill) / 10} % of it theirs.`,
  );
  // Measured: 208, of which 22 for 63 summaries.
  expect(permille).toBeLessThan(300);
}, 240_000);
