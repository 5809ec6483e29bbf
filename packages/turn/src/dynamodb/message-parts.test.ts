import { createTables, startAwsLocal } from "@caprock/aws-local";
import { ManualClock } from "@caprock/domain";
import { createDocumentClient, localCredentials } from "@caprock/platform";
import { expect, test } from "vitest";
import { liveTurnsTable } from "../tables.ts";
import { DynamoMessageParts } from "./message-parts.ts";

test("a message in parts is whole when the last of them is there, in whatever order and however often they come", async () => {
  const awsLocal = await startAwsLocal();
  const client = createDocumentClient({
    region: "us-east-1",
    endpoint: awsLocal.url,
    credentials: localCredentials,
  });
  await createTables(client, "test", [liveTurnsTable]);
  const clock = new ManualClock(Date.parse("2026-11-22T12:00:00Z"));
  const parts = new DynamoMessageParts({ client, tablePrefix: "test", clock, keptForMs: 3_600_000 });
  const add = (index: number, tenantId = "t1") =>
    parts.add(tenantId, "c#m", { index, count: 3, text: `${index};` });
  expect(await add(2)).toBeUndefined();
  expect(await add(2)).toBeUndefined();
  expect(await add(0)).toBeUndefined();
  expect(await add(1, "t2")).toBeUndefined();
  expect(await add(1)).toBe("0;1;2;");
  client.destroy();
  await awsLocal.close();
});
