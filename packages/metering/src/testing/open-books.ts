/** For tests: the books of a tenant on a local DynamoDB, kept by the real admission, and what verifies them. */
import { DeleteCommand, GetCommand, PutCommand, ScanCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import {
  ManualClock,
  newRequestId,
  noTokens,
  type RequestId,
  type TableDeclaration,
  type Tenant,
} from "@caprock/domain";
import { systemRandom } from "@caprock/platform";
import type { Admission } from "../admission.ts";
import { DynamoAccountListing } from "../dynamodb/account-listing.ts";
import { ledgerPartition, ledgerToItem } from "../dynamodb/ledger-item.ts";
import { HoldAdmission } from "../hold-admission.ts";
import type { LedgerEntry } from "../ledger-store.ts";
import { monthlyCap } from "../limits.ts";
import type { ModelPrice } from "../price-book/index.ts";
import { writeReceipt } from "../receipt.ts";
import { accountsTable, closedMonthsTable, ledgerTable, rollupsTable } from "../tables.ts";
import { type BooksReport, verifyBooks } from "../verify/verify-books.ts";
import type { LimitHistory, VerifyParts } from "../verify/verify-parts.ts";
import { admissionRequest } from "./admission-request.ts";
import { type OpenStores, openStores, prefix, tenantWith } from "./open-stores.ts";

const priceBookVersion = "2026-11-22";
export const price: ModelPrice = {
  priceBookVersion,
  modelId: "vendor.model",
  serviceTier: "default",
  tokenRates: { input: 1_000_000_001n, output: 5_000_000_000n },
  source: "a test",
};
export const holdTtlMs = 60_000;
export const graceMs = 60_000;

export interface OpenBooks extends OpenStores {
  readonly clock: ManualClock;
  readonly tenant: Tenant;
  /** What the audit log is to tell of limits. */
  readonly history: { edits: LimitHistory["edits"]; released: Set<RequestId> };
  /** A process that admits one by one. */
  readonly admission: HoldAdmission;
  newRequestId(): RequestId;
  reserve(requestId: RequestId, admission?: Admission): ReturnType<Admission["reserve"]>;
  receipt(requestId: RequestId, wanted?: Partial<LedgerEntry>): LedgerEntry;
  /** A call that runs to its end. */
  call(admission?: Admission): Promise<LedgerEntry>;
  /** Writes an entry over what the ledger has. */
  forge(entry: LedgerEntry, partition?: string): Promise<void>;
  remove(entry: LedgerEntry): Promise<void>;
  /** Changes the account of the month's cap as no adapter does. */
  tamper(expression: string, values: Record<string, unknown>, names?: Record<string, string>): Promise<void>;
  item(table: string, key: Record<string, unknown>): Promise<Record<string, unknown> | undefined>;
  removeItem(table: string, key: Record<string, unknown>): Promise<void>;
  putItem(table: string, item: Record<string, unknown>): Promise<void>;
  /** Remembers every item; what is returned brings them back as they are now. */
  remember(): Promise<() => Promise<void>>;
  verify(more?: Partial<VerifyParts>, month?: string): Promise<BooksReport>;
}

/** Its tenant is made at `startMs`, in India, with limits of every kind besides the two that every tenant has. */
export async function openBooks(startMs: number): Promise<OpenBooks> {
  const stores = await openStores();
  const clock = new ManualClock(startMs);
  const tenant: Tenant = {
    ...tenantWith("t000000000001", {
      monthlyCapNanoUsd: 1_000_000_000_000n,
      rules: [
        { id: "tokens", scope: "tenant", unit: "tokens", window: "day", amount: 1_000_000n },
        { id: "requests", scope: "key", unit: "requests", window: "week", amount: 1_000_000n },
        { id: "at-once", scope: "tenant", unit: "concurrency", amount: 1_000n },
      ],
    }),
    timeZone: "Asia/Kolkata",
    createdAtMs: startMs,
  };
  const admission = new HoldAdmission({
    ...stores,
    clock,
    holdTtlMs,
    resolvesLater: false,
    pause: async () => {},
  });
  const history = { edits: [] as LimitHistory["edits"], released: new Set<RequestId>() };
  const table = (name: string) => `${prefix}-${name}`;
  const books: OpenBooks = {
    ...stores,
    clock,
    tenant,
    history,
    admission,
    newRequestId: () => newRequestId(clock, systemRandom),
    reserve: (requestId, by = admission) =>
      by.reserve(admissionRequest(tenant, requestId, 10_000_000n, { worstCaseTokens: 1_000 })),
    receipt: (requestId, wanted) => ({
      ...writeReceipt(
        {
          requestId,
          tenantId: tenant.id,
          apiKeyId: "k000000000000",
          application: "default",
          modelId: "vendor.model",
          invokedId: "us.vendor.model",
          wire: "test",
          status: "completed",
          arrivedAtMs: clock.now(),
          settledAtMs: clock.now(),
          usage: { ...noTokens, input: 13, output: 34 },
          markupBasisPoints: 1_500,
          serviceTier: "default",
          estimated: false,
          simulated: false,
        },
        price,
      ),
      ...wanted,
    }),
    async call(by = admission) {
      const requestId = books.newRequestId();
      const reservation = await books.reserve(requestId, by);
      if ("refused" in reservation) {
        throw new Error(reservation.refused.message);
      }
      const entry = books.receipt(requestId);
      await by.settle(reservation, entry);
      return entry;
    },
    async forge(entry, partition) {
      const item = { ...ledgerToItem(entry), ...(partition && { tenantMonth: partition }) };
      await books.putItem("ledger", item);
    },
    remove: ({ tenantId, requestId }) =>
      books.removeItem("ledger", { tenantMonth: ledgerPartition(tenantId, requestId), requestId }),
    async tamper(expression, values, names) {
      await stores.client.send(
        new UpdateCommand({
          TableName: table("accounts"),
          Key: { accountId: monthlyCap(tenant, clock.now()).accountId },
          UpdateExpression: expression,
          ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
          ...(names && { ExpressionAttributeNames: names }),
        }),
      );
    },
    async item(name, key) {
      const { Item } = await stores.client.send(new GetCommand({ TableName: table(name), Key: key }));
      return Item;
    },
    async removeItem(name, key) {
      await stores.client.send(new DeleteCommand({ TableName: table(name), Key: key }));
    },
    async putItem(name, item) {
      await stores.client.send(new PutCommand({ TableName: table(name), Item: item }));
    },
    async remember() {
      const before = await itemsOf(stores.client);
      return async () => {
        const kept = new Map(before.map(({ key, put }) => [key, put]));
        const now = await itemsOf(stores.client);
        await Promise.all([
          ...now.filter(({ key }) => !kept.has(key)).map(({ remove }) => remove()),
          ...before.map(({ put }) => put()),
        ]);
      };
    },
    verify: (more, month) =>
      verifyBooks(
        { tenants: [tenant], isWhole: true, ...(month !== undefined && { month }) },
        {
          ...stores,
          accountListing: new DynamoAccountListing(stores.client, prefix),
          clock,
          pause: async () => {},
          priceBookVersion,
          priceOf: ({ serviceTier }) => (serviceTier === "default" ? price : undefined),
          historyOf: async () => history,
          auditChainOf: async () => ({ intactEntries: 1 }),
          graceMs,
          logGraceMs: graceMs,
          ...more,
        },
      ),
  };
  return books;
}

/** Every item of every table, and how it is put back and removed. */
async function itemsOf(client: OpenStores["client"]) {
  const all = await Promise.all(
    [accountsTable, ledgerTable, rollupsTable, closedMonthsTable].map(async (table: TableDeclaration) => {
      const TableName = `${prefix}-${table.name}`;
      const { Items = [] } = await client.send(new ScanCommand({ TableName, ConsistentRead: true }));
      return Items.map((item) => {
        const names = [table.partitionKey.name, ...(table.sortKey ? [table.sortKey.name] : [])];
        const Key = Object.fromEntries(names.map((name) => [name, item[name]]));
        return {
          key: JSON.stringify([TableName, Key]),
          put: () => client.send(new PutCommand({ TableName, Item: item })),
          remove: () => client.send(new DeleteCommand({ TableName, Key })),
        };
      });
    }),
  );
  return all.flat();
}

/** The ids of the checks that did not pass, those left out aside. */
export function failedChecks({ checks }: BooksReport): readonly string[] {
  return checks.filter(({ outcome }) => outcome !== "pass" && outcome !== "skipped").map(({ id }) => id);
}
