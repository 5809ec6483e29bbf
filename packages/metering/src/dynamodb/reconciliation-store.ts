/** Reconciliations in DynamoDB. */
import { tableName } from "@caprock/domain";
import type { DocumentClient } from "@caprock/platform";
import { z } from "zod";
import {
  differenceKinds,
  driftComponents,
  type Reconciliation,
  type ReconciliationSource,
  reconciliationSources,
  verdicts,
} from "../reconcile/reconciliation.ts";
import type { ReconciliationPage, ReconciliationStore } from "../reconcile/reconciliation-store.ts";
import { reconciliationsTable } from "../tables.ts";
import { exactInteger } from "./account-item.ts";
import { dueGroup, VersionedItems } from "./versioned-items.ts";

const report = z.object({
  checked: z.number(),
  differences: z.record(z.enum(differenceKinds), z.number()),
  components: z.array(
    z.object({
      component: z.enum(driftComponents),
      ledgerCount: exactInteger,
      otherCount: exactInteger,
      driftCount: exactInteger,
      ledgerNanoUsd: exactInteger,
      otherNanoUsd: exactInteger,
      driftNanoUsd: exactInteger,
    }),
  ),
  driftNanoUsd: exactInteger,
  worst: z.array(
    z.object({
      kind: z.enum(differenceKinds),
      tenantId: z.string(),
      modelId: z.string(),
      requestId: z.string().optional(),
      day: z.string().optional(),
      driftCount: exactInteger,
      driftNanoUsd: exactInteger,
    }),
  ),
  unreadable: z.number(),
  verdict: z.enum(verdicts),
});

const reconciliationItem = z.object({
  id: z.string(),
  source: z.enum(reconciliationSources),
  startMs: z.number(),
  endMs: z.number(),
  requestedAtMs: z.number(),
  state: z.enum(["requested", "done", "failed"]),
  attempts: z.number(),
  dueAtMs: z.number().optional(),
  finishedAtMs: z.number().optional(),
  report: report.optional(),
  version: z.number(),
});

const everySource = "every source";

export class DynamoReconciliationStore implements ReconciliationStore {
  private readonly items: VersionedItems;

  constructor(client: DocumentClient, tablePrefix: string) {
    this.items = new VersionedItems({
      client,
      table: tableName(tablePrefix, reconciliationsTable),
      key: "reconciliationId",
      dueIndex: "byDueTime",
      dueSort: "dueAtMs",
    });
  }

  request(reconciliation: Reconciliation): Promise<boolean> {
    return this.items.add(toItem(reconciliation));
  }

  async read(id: string): Promise<Reconciliation | undefined> {
    const item = await this.items.read(id);
    return item === undefined ? undefined : reconciliationItem.parse(item);
  }

  due(nowMs: number, limit: number): Promise<readonly string[]> {
    return this.items.due(nowMs, limit);
  }

  async replace(known: Reconciliation, next: Reconciliation): Promise<Reconciliation | undefined> {
    const replacing = { ...next, version: known.version + 1 };
    return (await this.items.replace(toItem(replacing), known.version)) ? replacing : undefined;
  }

  async list({
    source,
    limit,
    after,
  }: {
    source?: ReconciliationSource | undefined;
    limit: number;
    after?: string | undefined;
  }): Promise<ReconciliationPage> {
    const listing =
      source === undefined
        ? { index: "byTime", group: "listGroup", value: everySource, sort: "requestedAtMs" }
        : { index: "bySource", group: "source", value: source, sort: "requestedAtMs" };
    const { items, next } = await this.items.list(listing, limit, after);
    return {
      reconciliations: items.map((item) => reconciliationItem.parse(item)),
      ...(next === undefined ? {} : { next }),
    };
  }
}

function toItem(reconciliation: Reconciliation) {
  return {
    ...reconciliation,
    reconciliationId: reconciliation.id,
    listGroup: everySource,
    ...(reconciliation.dueAtMs === undefined ? {} : { dueGroup }),
  };
}
