import { fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConverseCommand } from "@aws-sdk/client-bedrock-runtime";
import { PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";
import { expect, test } from "vitest";
import { createTables } from "./dynamodb/create-tables.ts";
import { bedrockClient, dynamoDbClient } from "./test-clients.ts";

test("a process keeps items and witness over a restart, and ends on SIGTERM and with its parent", async () => {
  const folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  const start = async () => {
    const child = fork(join(import.meta.dirname, "main.ts"), {
      env: { ...process.env, AWS_LOCAL_PORT: "0", AWS_LOCAL_DATA_DIR: folder },
      execArgv: ["--import", "tsx"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    const [message] = await once(child, "message");
    return { child, ended: once(child, "exit"), url: String((message as { url: string }).url) };
  };
  try {
    const first = await start();
    const client = dynamoDbClient(first.url);
    await createTables(client, "x", [{ name: "things", partitionKey: { name: "pk", type: "S" } }]);
    await client.send(new PutItemCommand({ TableName: "x-things", Item: { pk: { S: "kept" } } }));
    const messages = [{ role: "user" as const, content: [{ text: "Hello" }] }];
    await bedrockClient(first.url).send(new ConverseCommand({ modelId: "any.model", messages }));
    first.child.kill("SIGTERM");
    expect(await first.ended).toEqual([0, null]);

    const second = await start();
    const { Items } = await dynamoDbClient(second.url).send(new ScanCommand({ TableName: "x-things" }));
    expect(Items).toEqual([{ pk: { S: "kept" } }]);
    const report = await (await fetch(`${second.url}/_aws-local/witness`)).json();
    expect(report).toMatchObject({
      invocations: [{ modelId: "any.model", status: "completed" }],
      totals: { count: 1 },
    });
    second.child.disconnect();
    expect(await second.ended).toEqual([0, null]);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
