import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { FaultRequest } from "@caprock/aws-local";
import { newRequestId } from "@caprock/domain";
import { createDocumentClient, systemClock, systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { type OpenStores, openStores, prefix } from "../testing/open-stores.ts";
import { BatchPut, mostOfBatch } from "./batch-put.ts";
import { ledgerToAttributes } from "./ledger-item.ts";
import { DynamoLedgerStore } from "./ledger-store.ts";

let stores: OpenStores;
beforeAll(async () => {
  stores = await openStores();
});
beforeEach(() => stores.awsLocal.clearFaults());
afterAll(() => stores.close());

const newEntries = (count: number) =>
  Array.from({ length: count }, () => ledgerEntry("t1", newRequestId(systemClock, systemRandom)));
const findAll = (entries: ReturnType<typeof newEntries>) =>
  Promise.all(entries.map(({ tenantId, requestId }) => stores.ledger.find(tenantId, requestId)));

test("what is put past the SDK is what the SDK puts", async () => {
  const [plain, patient] = [newEntries(mostOfBatch), newEntries(mostOfBatch)];
  const batches = new BatchPut(stores.client, `${prefix}-ledger`);
  expect(await batches.put(plain.map(ledgerToAttributes))).toEqual([]);
  expect(await batches.putPatiently(patient.map(ledgerToAttributes))).toEqual([]);
  expect(await findAll(plain)).toEqual(plain);
  expect(await findAll(patient)).toEqual(patient);
});

test("a refusal of the whole batch is thrown", async () => {
  const batches = new BatchPut(stores.client, `${prefix}-no-such-table`);
  await expect(batches.put(newEntries(1).map(ledgerToAttributes))).rejects.toThrow("with 400");
});

const kinds = ["throttle", "error", "unavailable", "lostAnswer"] as const;
test.each(kinds)("a batch that fails by %s is written all the same", async (kind) => {
  const fault: FaultRequest = { service: "dynamodb", kind, operation: "BatchWriteItem" };
  stores.awsLocal.addFault(fault);
  const entries = newEntries(3);
  expect(await stores.ledger.recordAll(entries)).toEqual([]);
  expect(await findAll(entries)).toEqual(entries);
});

/** A role's, as functions have them. */
const credentials = { accessKeyId: "key", secretAccessKey: "secret", sessionToken: "token" };

interface Seen {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Calls a DynamoDB that answers so, and tells what it was asked. */
async function asking(
  call: (client: ReturnType<typeof createDocumentClient>) => Promise<unknown>,
  answer: (seen: Seen, count: number) => { readonly status?: number; readonly body: string },
): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const one = { url: request.url, headers: request.headers, body: await text(request) };
    seen.push(one);
    const { status = 200, body } = answer(one, seen.length);
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const client = createDocumentClient({
    region: "eu-central-1",
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/through/a/proxy`,
    credentials,
  });
  try {
    await call(client);
  } finally {
    client.destroy();
    server.close();
  }
  return seen;
}

test("what is asked past the SDK is what the SDK asks, but for what it says of itself", async () => {
  const items = newEntries(2).map(ledgerToAttributes);
  const [plain, patient] = await asking(
    async (client) => {
      const batches = new BatchPut(client, "ledger");
      await batches.put(items);
      await batches.putPatiently(items);
    },
    () => ({ body: "{}" }),
  );
  const ofCall = ({ headers, ...request }: Seen) => ({
    ...request,
    type: headers["content-type"],
    target: headers["x-amz-target"],
    token: headers["x-amz-security-token"],
    scope: /Credential=key\/\d+(\S+)/.exec(String(headers.authorization))?.[1],
  });
  expect(plain && ofCall(plain)).toEqual(patient && ofCall(patient));
  expect(plain && ofCall(plain)).toMatchObject({
    url: "/through/a/proxy/",
    token: "token",
    scope: "/eu-central-1/dynamodb/aws4_request,",
  });
});

test.each([
  ["only a part of it was taken", { body: "" }],
  ["the answer makes no sense", { body: "{" }],
  ["DynamoDB failed", { status: 500, body: "{}" }],
])("a batch is asked for again where %s, and what was taken is not", async (what, first) => {
  const entries = newEntries(3);
  let left: unknown;
  const seen = await asking(
    async (client) => {
      left = await new DynamoLedgerStore(client, "test").recordAll(entries);
    },
    ({ body }, count) => {
      const { RequestItems } = JSON.parse(body) as { RequestItems: Record<string, unknown[]> };
      const untaken = { "test-ledger": RequestItems["test-ledger"]?.slice(0, 1) };
      return count > 1
        ? { body: "{}" }
        : { ...first, body: first.body || JSON.stringify({ UnprocessedItems: untaken }) };
    },
  );
  expect(left).toEqual([]);
  const asked = seen.map(({ body }) => entries.filter(({ requestId }) => body.includes(requestId)).length);
  expect(asked).toEqual([3, what.includes("part") ? 1 : 3]);
});
