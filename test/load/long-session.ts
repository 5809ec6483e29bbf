/**
 * Benchmark: what a session of 10,000 turns takes through the API, from a process that has no index of it, and from one that has, with
 * the sliding window and a short session beside it.
 */
import { performance } from "node:perf_hooks";
import { chitChat } from "@caprock/context/testing/chit-chat";
import { writeLongSession } from "../platform/long-session.ts";
import { recordBedrock } from "../platform/recorded-bedrock.ts";
import { startPlatform, type TestTenant } from "../platform/start-platform.ts";
import { printTable } from "./print-table.ts";

const model = "us.amazon.nova-lite-v1:0";
const turns = Number(process.argv[2] ?? 10_000);
const warmTurns = 40;
const sessionId = "chat";
const fact = "My order number is HK-48213, and the parcel went to the green shed.";
const question = "What is my order number, and where did the parcel go?";

const recorded = await recordBedrock();
const platform = await startPlatform({ environment: { AWS_ENDPOINT_URL_BEDROCK_RUNTIME: recorded.url } });
recorded.forwardTo(platform.awsLocal.url);
const texts = chitChat().tuned.messages.map(({ text = "" }) => text);
const says = (turn: number) => [
  {
    role: "user" as const,
    content: [{ text: turn === 3 ? fact : (texts[(2 * turn) % texts.length] ?? "") }],
  },
  { role: "assistant" as const, content: [{ text: texts[(2 * turn + 1) % texts.length] ?? "" }] },
];

interface Asked {
  readonly ms: number;
  readonly isFound: boolean;
  readonly unsearched: number;
  readonly recalledTokens: number;
}

async function ask({ apiKey }: TestTenant, strategy: string): Promise<Asked> {
  const startedAt = performance.now();
  const response = await fetch(`${platform.url}/v1/chat/completions`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${apiKey}`,
      "x-caprock-session": sessionId,
      "x-caprock-actor": "ann",
      "x-caprock-report": "context",
      "x-caprock-context": JSON.stringify({ strategy, windowTokens: 8_000 }),
    },
    body: JSON.stringify({ model, messages: [{ role: "user", content: question }] }),
  });
  const text = await response.text();
  const ms = performance.now() - startedAt;
  if (!response.ok) {
    throw new Error(text);
  }
  const report = JSON.parse(response.headers.get("x-caprock-context-report") ?? "{}");
  return {
    ms,
    isFound: recorded.bodies.at(-1)?.includes("HK-48213") ?? false,
    unsearched: report.unsearchedTurns,
    recalledTokens: report.tokens.recalled,
  };
}

function row(name: string, asked: readonly Asked[]): string[] {
  const sorted = asked.map(({ ms }) => ms).sort((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor((sorted.length - 1) * share)] ?? 0).toFixed(0);
  return [
    name,
    String(asked.length),
    at(0.5),
    at(0.95),
    `${asked.filter(({ isFound }) => isFound).length} of ${asked.length}`,
    String(asked.at(-1)?.unsearched),
    String(asked.at(-1)?.recalledTokens),
  ];
}

async function several(count: number, once: () => Promise<Asked>): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (let index = 0; index < count; index++) {
    asked.push(await once());
  }
  return asked;
}

try {
  const long = await platform.createTenant();
  const short = await platform.createTenant();
  const key = ({ id: tenantId }: TestTenant) => ({ tenantId, actorId: "ann", sessionId });
  await writeLongSession(platform, key(long), turns, says);
  await writeLongSession(platform, key(short), 250, says);
  const other = await platform.createTenant();
  await several(20, () => ask(other, "relevance"));
  const rows = [row("250 turns, sliding window", await several(warmTurns, () => ask(short, "window")))];
  rows.push(row("250 turns, first search", await several(1, () => ask(short, "relevance"))));
  rows.push(row("250 turns, next searches", await several(warmTurns, () => ask(short, "relevance"))));
  rows.push(row(`${turns} turns, sliding window`, await several(warmTurns, () => ask(long, "window"))));
  rows.push(row(`${turns} turns, first search`, await several(1, () => ask(long, "relevance"))));
  const startedAt = performance.now();
  let until = await ask(long, "relevance");
  while (until.unsearched > 0) {
    until = await ask(long, "relevance");
  }
  const madeMs = performance.now() - startedAt;
  rows.push(row(`${turns} turns, next searches`, await several(warmTurns, () => ask(long, "relevance"))));
  const head = ["session", "asked", "p50 ms", "p95 ms", "turn 3 found", "not searched", "recalled tokens"];
  printTable("Whole answers over HTTP, local AWS in the same machine", head, rows);
  process.stdout.write(`\nAll turns could be searched ${madeMs.toFixed(0)} ms after the first answer.\n`);
} finally {
  await platform.close();
  recorded.close();
}
