/** Alerts reach their receivers from real processes: once each, and also when the worker is killed in between. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateTopicCommand, SNSClient } from "@aws-sdk/client-sns";
import { DeleteCommand, ScanCommand } from "@aws-sdk/lib-dynamodb";
import type { ReconciliationView } from "@caprock/contract";
import { tableName } from "@caprock/domain";
import { alertsTable, ledgerTable } from "@caprock/metering/tables";
import { localCredentials } from "@caprock/platform";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readLedger, until } from "../platform/accounting.ts";
import { type Platform, startPlatform, tablePrefix } from "../platform/start-platform.ts";

const model = "amazon.nova-lite-v1:0";
const secret = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;

let platform: Platform;
let sns: SNSClient;
let topicArn: string;
let environment: Record<string, string>;

interface Taken {
  readonly id: string;
  readonly owner: string;
  readonly rule: string;
}
const taken: Taken[] = [];

/** Takes what is signed with the secret, and nothing else. */
const receiver = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  try {
    const verified = new Webhook(secret).verify(
      Buffer.concat(chunks),
      request.headers as Record<string, string>,
    ) as { data: Taken };
    taken.push({ ...verified.data, id: String(request.headers["webhook-id"]) });
    response.writeHead(204).end();
  } catch {
    response.writeHead(401).end();
  }
});

beforeAll(async () => {
  await new Promise<void>((resolve) => void receiver.listen(0, "127.0.0.1", resolve));
  // A grant tells its account what was used at the latest when it is renewed, after a twentieth of a hold's life.
  platform = await startPlatform({
    environment: { CAPROCK_HOLD_TTL_MS: "8000", CAPROCK_RECONCILE_GRACE_MS: "1000" },
  });
  sns = new SNSClient({
    region: "us-east-1",
    endpoint: platform.awsLocal.url,
    credentials: localCredentials,
  });
  topicArn = (await sns.send(new CreateTopicCommand({ Name: "alerts" }))).TopicArn ?? "";
  environment = {
    CAPROCK_ALERT_TOPIC_ARN: topicArn,
    CAPROCK_ALERT_WEBHOOK_URL: `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts`,
    CAPROCK_ALERT_WEBHOOK_SECRET: secret,
    CAPROCK_ALERT_WEBHOOK_PRIVATE: "allowed",
    CAPROCK_ALERT_INTERVAL_MS: "100",
    CAPROCK_ALERT_REPORT_INTERVAL_MS: "100",
  };
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  sns?.destroy();
  await platform?.close();
});

function ask(apiKey: string): Promise<Response> {
  return fetch(`${platform.url}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({
      model,
      max_tokens: 100,
      messages: [{ role: "user", content: "[[tokens=100]]" }],
    }),
  });
}

/** A tenant that has used up all of its cap: its cap is lowered to what it has spent. */
async function spentTenant(): Promise<string> {
  const { id, apiKey } = await platform.createTenant();
  expect((await ask(apiKey)).status).toBe(200);
  let spentUsd = "0";
  await until(async () => {
    const { tenants } = await platform.admin.usageSummary({});
    spentUsd = tenants.find(({ tenantId }) => tenantId === id)?.costUsd ?? "0";
    return Number(spentUsd) > 0;
  });
  await platform.admin.updateTenant({ params: { tenantId: id }, body: { monthlyCapUsd: spentUsd } });
  return id;
}

const publishedOf = (owner: string) =>
  platform.awsLocal.published(topicArn).filter(({ attributes }) => attributes.owner?.Value === owner);
/** Read from the table itself, whose indexes may be out of order. */
async function recordedOf(owner: string): Promise<number> {
  const { Items = [] } = await platform.documents.send(
    new ScanCommand({ TableName: tableName(tablePrefix, alertsTable), ConsistentRead: true }),
  );
  return Items.filter((item) => item.owner === owner).length;
}

const takenOf = (owner: string) => taken.filter((one) => one.owner === owner);

test("a tenant at its cap is alerted of 80 and of 100 percent, once on each channel, by two workers", async () => {
  const owner = await spentTenant();
  const workers = await Promise.all([platform.startWorker(environment), platform.startWorker(environment)]);
  await until(async () => {
    return takenOf(owner).length >= 2 && publishedOf(owner).length >= 2;
  }, 40_000);
  const { alerts } = await platform.admin.listAlerts({ query: { owner } });
  await until(async () => {
    const { alerts: noted } = await platform.admin.listAlerts({ query: { owner } });
    return noted.every(
      ({ deliveries }) => deliveries.length === 2 && deliveries.every(({ state }) => state === "delivered"),
    );
  });
  expect(alerts.map(({ facts }) => facts.percent).sort()).toEqual(["100", "80"]);
  const ids = alerts.map(({ id }) => id).sort();
  expect(
    takenOf(owner)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(ids);
  expect(
    publishedOf(owner)
      .map(({ attributes }) => attributes.alertId?.Value)
      .sort(),
  ).toEqual(ids);
  expect(await platform.logs()).not.toContain("watch: could not be done");
  for (const worker of workers) {
    worker.signal("SIGKILL");
    await worker.ended;
  }
});

test("a worker killed between recording and sending: the next one sends, and raises nothing twice", async () => {
  const owner = await spentTenant();
  // What is due can be asked for, but not answered: alerts are recorded, and none is sent.
  platform.awsLocal.addFault({
    service: "dynamodb",
    kind: "timeout",
    operation: "Query",
    table: `${tablePrefix}-alerts`,
    count: 1_000,
  });
  const killed = await platform.startWorker(environment);
  await until(async () => expect(await recordedOf(owner)).toBe(2));
  killed.signal("SIGKILL");
  await killed.ended;
  expect(takenOf(owner)).toEqual([]);
  platform.awsLocal.clearFaults();
  await platform.startWorker(environment);
  await until(async () => {
    return takenOf(owner).length >= 2 && publishedOf(owner).length >= 2;
  }, 40_000);
  const { alerts } = await platform.admin.listAlerts({ query: { owner } });
  expect(alerts).toHaveLength(2);
  const ids = alerts.map(({ id }) => id).sort();
  expect(
    takenOf(owner)
      .map(({ id }) => id)
      .sort(),
  ).toEqual(ids);
});

test("the ledger agrees with the invocation log; an entry that is taken out of it is found, and told of", async () => {
  const startMs = Date.now();
  const { id: tenantId, apiKey } = await platform.createTenant();
  for (const answer of await Promise.all([ask(apiKey), ask(apiKey), ask(apiKey)])) {
    expect(answer.status).toBe(200);
    await answer.text();
  }
  await until(async () => expect(await readLedger(platform, tenantId)).toHaveLength(3));
  await platform.awsLocal.flushInvocationLog();
  const range = { start: new Date(startMs).toISOString(), end: new Date().toISOString() };
  await platform.startWorker(environment);

  async function reconcile(): Promise<ReconciliationView> {
    const body = { source: "invocation-log", ...range } as const;
    // It is too early until the range has been over for the grace.
    const { id } = await until(() => platform.admin.requestReconciliation({ body }));
    return until(async () => {
      const { reconciliations } = await platform.admin.listReconciliations({});
      return reconciliations.find((one) => one.id === id && one.state === "done") ?? false;
    }, 40_000) as Promise<ReconciliationView>;
  }

  expect((await reconcile()).report).toMatchObject({
    verdict: "agrees",
    checked: 3,
    driftUsd: "0.000000000",
  });
  const [lost] = await readLedger(platform, tenantId);
  const tenantMonth = `${tenantId}#${range.start.slice(0, 7)}`;
  await platform.documents.send(
    new DeleteCommand({
      TableName: tableName(tablePrefix, ledgerTable),
      Key: { tenantMonth, requestId: lost?.requestId },
    }),
  );
  expect((await reconcile()).report).toMatchObject({
    verdict: "drifts",
    driftUsd: lost?.costUsd,
    differences: { "ledger-only": 0, "other-only": 1, usage: 0, cost: 0 },
    worst: [{ kind: "other-only", tenantId, requestId: lost?.requestId, driftUsd: lost?.costUsd }],
  });
  await until(() => takenOf("platform").some(({ rule }) => rule === "reconciliation"));
});
