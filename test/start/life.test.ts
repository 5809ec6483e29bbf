/** `caprock start` as a user meets it: the screen, its files, stopping it, starting it again. */
import { execFile } from "node:child_process";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { createAdminClient } from "@caprock/contract";
import { afterAll, expect, test, vi } from "vitest";
import { z } from "zod";
import { openAiClient } from "../platform/clients.ts";
import { stillRunning } from "../platform/process-tree.ts";
import {
  commandFile,
  endAll,
  freePorts,
  type LocalJson,
  newDataFolder,
  type Run,
  runStart,
  type StartOptions,
  startCommand,
} from "../platform/start-command.ts";
import { type Books, readBooks } from "./books.ts";

const model = "global.anthropic.claude-haiku-4-5-20251001-v1:0";
const timeoutMs = 120_000;
// Five days hold working days, whatever day it is.
const demo = ["--demo", "5"];
const answerSchema = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })) });
const execute = promisify(execFile);

/** An OpenAI-compatible server that streams the one thing it has to say. */
const modelServer = createServer((request, response) => {
  request.resume();
  const head = { id: "answer", object: "chat.completion.chunk", created: 0, model: "tiny" };
  const chunks = [
    { ...head, choices: [{ index: 0, delta: { role: "assistant", content: "Forty-two." } }] },
    { ...head, choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
    { ...head, choices: [], usage: { prompt_tokens: 17, completion_tokens: 5, total_tokens: 22 } },
  ];
  response.setHeader("content-type", "text/event-stream");
  response.end(`${chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join("")}data: [DONE]\n\n`);
});

afterAll(async () => {
  await endAll();
  modelServer.close();
}, 60_000);

const [dataFolder, ports] = await Promise.all([newDataFolder(), freePorts()]);

let first: LocalJson;
let booked: Books;

test("one command starts everything, fills the demo, prints what works when pasted, and lets a stream finish when stopped", {
  timeout: timeoutMs,
}, async () => {
  const run = await startCommand({ dataFolder, ports, options: demo });
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
  expect(run.output().split("\n").length).toBeLessThanOrEqual(32);
  expect(await modeOf(join(dataFolder, "local.json"))).toBe("600");
  expect(await modeOf(dirname(join(dataFolder, "local.json")))).toBe("700");

  booked = await readBooks(run.local);
  const { madeUp } = booked;
  expect(madeUp.some(({ estimated }) => estimated)).toBe(false);
  expect(new Set(madeUp.map(({ tenantId }) => tenantId)).size).toBe(4);
  expect(new Set(madeUp.map(({ modelId }) => modelId)).size).toBeGreaterThanOrEqual(6);
  expect(new Set(madeUp.map(({ arrivedAt }) => arrivedAt.slice(0, 10))).size).toBeGreaterThanOrEqual(3);

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
  expect((await admin.listTenants({})).tenants.map(({ id }) => id)).toEqual(
    expect.arrayContaining(tenants.map(({ id }) => id)),
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

test("a restart finds tenants, keys, token, ledger and witness again and fills no second demo; a second one is refused; kill -9 leaves nothing behind", {
  timeout: timeoutMs,
}, async () => {
  const run = await startCommand({ dataFolder, ports, options: demo });
  expect(run.local).toEqual(first);
  expect(run.output()).toContain("The demo traffic is there already");
  const { madeUp, called } = await readBooks(run.local);
  expect(madeUp).toEqual(booked.madeUp);
  expect(called.map(({ status }) => status)).toEqual(["completed", "completed"]);
  const { stdout: report } = await execute(process.execPath, [
    commandFile,
    "verify",
    "--probe",
    "--data-folder",
    dataFolder,
  ]);
  expect(report).toMatch(/^Result {6}PASS: \d+ passed, 0 failed, /m);
  expect(report).toMatch(/^ {2}probe-is-accounted {6}PASS {8}1 calls, \d+ readings/m);
  expect(report).toMatch(/^Seen 5 {6}Settled \d+ ms later: nothing of it is held/m);
  expect(report).toMatch(/^ {2}witness-agrees {10}PASS {8}3 entries, 3 served calls$/m);

  const refused = await Promise.all([
    refusal({ dataFolder, ports: await freePorts(), options: ["--fresh"] }),
    refusal({ dataFolder: await newDataFolder(), ports }),
  ]);
  expect(refused).toEqual([
    `Caprock runs from ${dataFolder} already: ${first.dashboardUrl}. Stop it first, or choose another folder with --data-folder <folder>.`,
    [
      `Port ${ports.api} (API) is taken. Stop the program that uses it, or choose another: --api-port <port>.`,
      `Port ${ports.dashboard} (dashboard) is taken. Stop the program that uses it, or choose another: --dashboard-port <port>.`,
      `Port ${ports.awsLocal} (local AWS) is taken. Stop the program that uses it, or choose another: --aws-local-port <port>.`,
      `Port ${ports.worker} (worker) is taken. Stop the program that uses it, or choose another: --worker-port <port>.`,
    ].join("\n"),
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

test("--fresh starts over; MODEL_URL answers for real; a part that dies ends the command with one line and takes the others with it", {
  timeout: timeoutMs,
}, async () => {
  await new Promise<void>((resolve) => modelServer.listen(0, "127.0.0.1", resolve));
  const MODEL_URL = `http://127.0.0.1:${(modelServer.address() as AddressInfo).port}/v1`;
  const run = await startCommand({ dataFolder, ports, options: ["--fresh"], environment: { MODEL_URL } });
  const [tenant] = run.local.tenants;
  expect(run.local.adminToken).not.toBe(first.adminToken);
  expect(run.local.tenants.map(({ id }) => id)).not.toEqual(first.tenants.map(({ id }) => id));
  expect(await readBooks(run.local)).toEqual({ madeUp: [], called: [] });

  expect(run.output()).toContain("Answers come from the server at MODEL_URL.");
  expect(await askAsPrinted(run)).toBe("Forty-two.");
  expect(await readBooks(run.local)).toMatchObject({
    madeUp: [],
    called: [{ tenantId: tenant!.id, status: "completed", tokens: { input: 17, output: 5 } }],
  });

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

test("Ctrl-C while the demo is filled stops it at once", { timeout: timeoutMs }, async () => {
  const run = runStart({ dataFolder: await newDataFolder(), ports: await freePorts(), options: ["--demo"] });
  await run.printed("Filling 30 days");
  run.interrupt();
  expect(await run.ended).toBe(0);
  expect(run.output()).not.toContain("made-up calls are in the ledger");
  expect(run.output()).not.toContain("Error");
});

async function modeOf(path: string): Promise<string> {
  return ((await stat(path)).mode & 0o777).toString(8);
}

/** Stands in for curl, with just the arguments of the printed line, on a machine that has none. */
const curlByNode = `
  const [url, , ...rest] = process.argv.slice(1);
  const [authorization, , contentType, , body] = rest;
  const headers = Object.fromEntries([authorization, contentType].map((header) => header.split(": ")));
  fetch(url, { method: "POST", headers, body }).then(async (answer) => process.stdout.write(await answer.text()));
`;

/** The answer to the printed curl line, run as it stands. */
async function askAsPrinted(run: Run): Promise<string> {
  const line =
    run
      .output()
      .split("\n")
      .find((candidate) => candidate.trim().startsWith("curl ")) ?? "";
  const { stdout } = await execute("sh", [
    "-c",
    `command -v curl >/dev/null || curl() { "${process.execPath}" -e '${curlByNode}' "$@"; }\n${line}`,
  ]);
  return answerSchema
    .parse(JSON.parse(stdout))
    .choices.map(({ message }) => message.content)
    .join();
}

/** What a start that cannot be prints: all of it, without the empty lines around. */
async function refusal(options: StartOptions): Promise<string> {
  const run = runStart(options);
  expect(await run.ended).toBe(1);
  return run.output().trim();
}
