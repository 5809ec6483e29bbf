/** Real processes that stop when they are asked to: CloudWatch then says what the ledger says. */
import { createAdminClient } from "@caprock/contract";
import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../platform/accounting.ts";
import { openAiClient } from "../platform/clients.ts";
import { type Platform, startPlatform } from "../platform/start-platform.ts";

const timeoutMs = 120_000;
const minuteMs = 60_000;
const model = "amazon.nova-lite-v1:0";

let platform: Platform;
beforeAll(async () => {
  platform = await startPlatform({
    environment: { CAPROCK_METRICS: "cloudwatch", CAPROCK_METRICS_CARDINALITY: "all" },
  });
}, timeoutMs);
afterAll(() => platform?.close());

test(
  "after whole calls, streams that were left, and their corrections by the worker, the two agree to the token",
  async () => {
    const startMs = Math.floor(Date.now() / minuteMs) * minuteMs;
    const tenant = await platform.createTenant();
    const { completions } = openAiClient(platform.url, tenant).chat;
    const ask = (tokens: number) => ({
      model,
      max_tokens: 2_000,
      messages: [{ role: "user" as const, content: `[[tokens=${tokens}]]` }],
    });
    await Promise.all([11, 12, 13, 14, 15].map((tokens) => completions.create(ask(tokens))));
    platform.awsLocal.setSpeed({ tokensPerSecond: 200 });
    const leave = async () => {
      const stream = await completions.create({ ...ask(2_000), stream: true });
      for await (const chunk of stream) {
        if (chunk.choices[0]?.delta.content) {
          stream.controller.abort();
        }
      }
    };
    await Promise.all([leave(), leave()]);

    const worker = await platform.startWorker();
    const range = { startMs, endMs: startMs + 60 * minuteMs };
    const entries = await until(async () => {
      const found = [];
      for await (const entry of platform.ledger.list(tenant.id, range)) {
        found.push(entry);
      }
      expect(found.map(({ estimated }) => estimated)).toEqual(Array(7).fill(false));
      return found;
    }, 60_000);
    expect(entries.filter(({ corrected }) => corrected)).toHaveLength(2);

    // Nothing has waited for a timer: what was not sent yet is sent by the processes as they stop.
    const [api] = platform.apis;
    worker.signal("SIGTERM");
    api?.signal("SIGTERM");
    expect(await Promise.all([worker.ended, api?.ended])).toEqual([0, 0]);

    const later = await platform.startApi();
    const admin = createAdminClient({ baseUrl: later.url, token: platform.adminToken });
    const compared = await admin.compareSources({
      query: { from: new Date(startMs).toISOString(), to: new Date(range.endMs).toISOString() },
    });
    expect(compared).toMatchObject({
      agrees: true,
      rows: [{ tenantId: tenant.id, modelId: model, ledger: { requests: 7 }, cloudWatch: { requests: 7 } }],
    });
    expect(compared.rows[0]?.cloudWatch.tokens).toEqual(compared.rows[0]?.ledger.tokens);
  },
  timeoutMs,
);
