import type { FaultRequest } from "@caprock/aws-local";
import { newRequestId } from "@caprock/domain";
import { systemClock, systemRandom } from "@caprock/platform";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { ledgerEntry } from "../testing/ledger-entry.ts";
import { type OpenStores, openStores, prefix } from "../testing/open-stores.ts";
import { BatchPut, mostOfBatch } from "./batch-put.ts";
import { ledgerToAttributes } from "./ledger-item.ts";

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
