/** The command on a local AWS: what it prints, and what it ends with. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ReceiveMessageCommand, SendMessageCommand } from "@aws-sdk/client-sqs";
import { type AwsLocal, startAwsLocal } from "@caprock/aws-local";
import { createSqsClient, localCredentials } from "@caprock/platform";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeLocalJson } from "../start/local-json.ts";
import { ensureLocalMemory, openMemory } from "./composition.ts";
import { exportMemory, type MemoryOptions, redriveMemory } from "./memory.ts";

const tenant = "t000000000001";
let awsLocal: AwsLocal;
let dataFolder: string;

beforeAll(async () => {
  awsLocal = await startAwsLocal();
  dataFolder = await mkdtemp(join(tmpdir(), "caprock-memory-"));
  await writeLocalJson(join(dataFolder, "local.json"), {
    apiUrl: "http://127.0.0.1:1",
    dashboardUrl: "http://127.0.0.1:1",
    awsLocalUrl: awsLocal.url,
    adminToken: "0".repeat(64),
    accessKeySecret: "0".repeat(64),
    tokenPrivateKey: "",
    tenants: [],
  });
});
afterAll(async () => {
  await awsLocal.close();
  await rm(dataFolder, { recursive: true });
});

type Say = (text: string) => void;
type Command = (options: MemoryOptions, say: Say, complain: Say) => Promise<number>;

async function run(command: Command, options: MemoryOptions = { dataFolder }) {
  let printed = "";
  let told = "";
  const exitCode = await command(
    options,
    (text) => {
      printed += text;
    },
    (text) => {
      told += text;
    },
  );
  return { exitCode, printed, told };
}

test("an export prints an actor's events and records, and nobody else's", async () => {
  const address = await ensureLocalMemory(awsLocal.url, "caprock-local");
  const { memory, close } = openMemory(address, { region: "us-east-1", endpoint: awsLocal.url });
  for (const actor of ["ann", "anna"]) {
    const parts = [{ role: "user" as const, text: `I am ${actor}.` }];
    const event = { sessionId: "s", token: actor, atMs: 0, firstSequence: 1, lastSequence: 1, parts };
    await memory.ingest(tenant, actor, event);
  }
  close();
  const { exitCode, printed } = await run((options, ...out) =>
    exportMemory({ ...options, tenant, actor: "ann" }, ...out),
  );
  const lines = printed
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(exitCode).toBe(0);
  expect(lines.map(({ kind }) => kind)).toEqual(["event", "record", "record", "record"]);
  expect(printed).toContain("I am ann.");
  expect(printed).not.toContain("anna");
});

test("a redrive puts failed jobs back and tells how many", async () => {
  const { deadLetterUrl, queueUrl } = await ensureLocalMemory(awsLocal.url, "caprock-local");
  const sqs = createSqsClient({ region: "us-east-1", endpoint: awsLocal.url, credentials: localCredentials });
  await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterUrl, MessageBody: "job" }));
  const redrive = () => run((options, ...out) => redriveMemory({ ...options, most: 10 }, ...out));
  expect(await redrive()).toEqual({ exitCode: 0, printed: "1 job was put back.\n", told: "" });
  expect(await redrive()).toMatchObject({ printed: "0 jobs were put back.\n" });
  const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queueUrl }));
  expect(Messages).toMatchObject([{ Body: "job" }]);
  sqs.destroy();
});

test("half an address, a wrong tenant and a platform that does not run are told, with exit code 1", async () => {
  const redrive = (options: MemoryOptions) =>
    run((named, ...out) => redriveMemory({ ...named, most: 1 }, ...out), options);
  expect(await redrive({ region: "eu-west-1" })).toMatchObject({
    exitCode: 1,
    told: expect.stringContaining("--memory-id"),
  });
  expect(await redrive({ dataFolder: "/nowhere" })).toMatchObject({ exitCode: 1 });
  const wrong = await run((options, ...out) =>
    exportMemory({ ...options, tenant: "acme", actor: "a" }, ...out),
  );
  expect(wrong).toMatchObject({ exitCode: 1, printed: "", told: expect.stringContaining('"acme"') });
});
