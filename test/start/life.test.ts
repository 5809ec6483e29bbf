/** `caprock start` as a user meets it: the screen, its files, stopping it, starting it again. */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createAdminClient } from "@caprock/contract";
import { afterAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { openAiClient } from "../platform/clients.ts";
import { stillRunning } from "../platform/process-tree.ts";
import {
  endAll,
  freePorts,
  type LocalJson,
  newDataFolder,
  type Run,
  runStart,
  type StartOptions,
  startCommand,
} from "../platform/start-command.ts";

const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const timeoutMs = 120_000;
const witness = z.object({
  invocations: z.array(z.object({ caprockRequest: z.string(), usage: z.record(z.string(), z.number()) })),
});
const execute = promisify(execFile);

afterAll(endAll, 60_000);

const [dataFolder, ports] = await Promise.all([newDataFolder(), freePorts()]);

let first: LocalJson;
let booked: Awaited<ReturnType<typeof bookedBy>>;

test("one command starts everything, prints what works when pasted, and lets a stream finish when it is stopped", {
  timeout: timeoutMs,
}, async () => {
  const run = await startCommand({ dataFolder, ports });
  first = run.local;
  const { apiUrl, dashboardUrl, awsLocalUrl, adminToken, tenants } = first;
  expect([apiUrl, dashboardUrl, awsLocalUrl]).toEqual(
    [ports.api, ports.dashboard, ports.awsLocal].map((port) => `http://127.0.0.1:${port}`),
  );
  expect(tenants).toHaveLength(2);
  for (const shown of [
    apiUrl,
    dashboardUrl,
    awsLocalUrl,
    adminToken,
    ...tenants.map(({ apiKey }) => apiKey),
  ]) {
    expect(run.output()).toContain(shown);
  }
  expect(run.output().split("\n").length).toBeLessThanOrEqual(30);
  expect(await modeOf(join(dataFolder, "local.json"))).toBe("600");
  expect(await modeOf(dirname(join(dataFolder, "local.json")))).toBe("700");

  expect(await askAsPrinted(run)).toContain("[simulated by aws-local]");
  const document = await (await fetch(`${dashboardUrl}/openapi.json`)).json();
  expect(document).toMatchObject({ paths: { "/admin/v1/tenants": {} } });
  const page = await fetch(`${dashboardUrl}/tenants`);
  expect([page.headers.get("content-type"), await page.text()]).toEqual([
    expect.stringContaining("text/html"),
    expect.stringContaining("<script"),
  ]);
  expect(await (await fetch(`http://127.0.0.1:${ports.worker}/`)).json()).toMatchObject({ status: "ok" });
  expect(await (await fetch(`${awsLocalUrl}/_aws-local/health`)).json()).toEqual({ status: "ok" });
  const admin = createAdminClient({ baseUrl: dashboardUrl, token: adminToken });
  expect((await admin.listTenants({})).tenants.map(({ id }) => id).sort()).toEqual(
    tenants.map(({ id }) => id).sort(),
  );

  await fetch(`${awsLocalUrl}/_aws-local/speed`, {
    method: "POST",
    body: JSON.stringify({ tokensPerSecond: 25 }),
  });
  const stream = await openAiClient(apiUrl, tenants[0]!).chat.completions.create({
    model,
    messages: [{ role: "user", content: "Tell me about caps." }],
    stream: true,
    stream_options: { include_usage: true },
  });
  const processes = await run.processes();
  expect(processes.length).toBeGreaterThanOrEqual(5);
  let interrupted = false;
  let finish: string | null | undefined;
  let outputTokens: number | undefined;
  for await (const chunk of stream) {
    if (!interrupted) {
      run.interrupt();
      interrupted = true;
    }
    finish = chunk.choices[0]?.finish_reason ?? finish;
    outputTokens = chunk.usage?.completion_tokens ?? outputTokens;
  }
  expect(finish).toBe("stop");
  expect(outputTokens).toBeGreaterThan(10);
  expect(await run.ended).toBe(0);
  expect(await stillRunning(processes)).toEqual([]);
});

test("a restart finds tenants, keys, token, ledger and witness again; a second one is refused; kill -9 leaves nothing behind", {
  timeout: timeoutMs,
}, async () => {
  const run = await startCommand({ dataFolder, ports });
  expect(run.local).toEqual(first);
  booked = await bookedBy(run.local);
  expect(booked.ledger.map(({ status }) => status)).toEqual(["completed", "completed"]);
  expect(booked.ledger.map(({ requestId, tokens }) => ({ requestId, tokens }))).toEqual(booked.witness);

  const other = await freePorts();
  const refused = await Promise.all([
    refusal({ dataFolder, ports: other, options: ["--fresh"] }),
    ...(["api", "dashboard", "awsLocal", "worker"] as const).map(async (which) =>
      refusal({
        dataFolder: await newDataFolder(),
        ports: { ...(await freePorts()), [which]: ports[which] },
      }),
    ),
  ]);
  expect(refused).toEqual([
    `Caprock runs from ${dataFolder} already: ${first.dashboardUrl}. Stop it first, or choose another folder with --data-folder <folder>.`,
    ...[
      [ports.api, "API", "--api-port"],
      [ports.dashboard, "dashboard", "--dashboard-port"],
      [ports.awsLocal, "local AWS", "--aws-local-port"],
      [ports.worker, "worker", "--worker-port"],
    ].map(
      ([port, what, option]) =>
        `Port ${port} (${what}) is taken. Stop the program that uses it, or choose another: ${option} <port>.`,
    ),
  ]);
  expect(await askAsPrinted(run)).toContain("[simulated by aws-local]");

  const processes = await run.processes();
  run.kill();
  expect(await run.ended).toBe("SIGKILL");
  await vi.waitFor(async () => expect(await stillRunning(processes)).toEqual([]), {
    timeout: 30_000,
    interval: 100,
  });
});

test("--fresh starts over; a part that dies ends the command with one line and takes the others with it", {
  timeout: timeoutMs,
}, async () => {
  const run = await startCommand({ dataFolder, ports, options: ["--fresh"] });
  expect(run.local.adminToken).not.toBe(first.adminToken);
  expect(run.local.tenants.map(({ id }) => id)).not.toEqual(first.tenants.map(({ id }) => id));
  expect(await bookedBy(run.local)).toEqual({ ledger: [], witness: [] });

  const before = run.output().length;
  const processes = await run.processes();
  const dashboard = processes.find(({ command }) => command.includes("serve.mjs"));
  process.kill(dashboard?.pid ?? 0, "SIGKILL");
  expect(await run.ended).toBe(1);
  expect(run.output().slice(before).trim()).toBe(
    `The dashboard ended (SIGKILL). Look into ${join(dataFolder, "logs", "dashboard.log")}, then start again.`,
  );
  expect(await stillRunning(processes)).toEqual([]);
});

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

/** The answer to the printed curl line, run as it stands. */
async function askAsPrinted(run: Run): Promise<string> {
  const line =
    run
      .output()
      .split("\n")
      .find((candidate) => candidate.trim().startsWith("curl ")) ?? "";
  const { stdout } = await execute("sh", ["-c", line]);
  return JSON.parse(stdout).choices[0].message.content;
}

/** Ledger entries of the first tenant, and what aws-local says that it served to it. */
async function bookedBy({ apiUrl, awsLocalUrl, adminToken, tenants }: LocalJson) {
  const tenantId = tenants[0]?.id ?? "";
  const admin = createAdminClient({ baseUrl: apiUrl, token: adminToken });
  const { entries } = await admin.listLedger({ params: { tenantId } });
  const response = await fetch(`${awsLocalUrl}/_aws-local/witness?tenant=${tenantId}`);
  const { invocations } = witness.parse(await response.json());
  return {
    ledger: entries,
    witness: invocations.map(({ caprockRequest, usage }) => ({ requestId: caprockRequest, tokens: usage })),
  };
}

/** What a start that cannot be prints: all of it, without the empty lines around. */
async function refusal(options: StartOptions): Promise<string> {
  const run = runStart(options);
  expect(await run.ended).toBe(1);
  return run.output().trim();
}
