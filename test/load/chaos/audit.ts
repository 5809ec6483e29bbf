/** The reckoning after a run: the ledger against the witness, every receipt against its rates, every account against the ledger. */
import type { ServedInvocation } from "@caprock/aws-local";
import { addUsage, divideRoundingUp, noTokens, type TokenUsage } from "@caprock/domain";
import { allModels, createCatalog } from "@caprock/inference";
import {
  charged,
  currentPriceBook,
  isCountedBy,
  type LedgerEntry,
  priceUsage,
  usedOf,
} from "@caprock/metering";
import { readAccounts } from "../../platform/account-items.ts";
import type { Platform } from "../../platform/start-platform.ts";
import type { Chronicle } from "./chronicle.ts";
import type { ToldUsage } from "./clients.ts";
import type { Member } from "./population.ts";

export interface AuditParts {
  readonly platform: Platform;
  readonly members: readonly Member[];
  readonly told: ToldUsage;
  readonly chronicle: Chronicle;
  readonly startedAtMs: number;
}

/** Expects nothing to go on any more: what is found is to be final. */
export async function audit(parts: AuditParts): Promise<void> {
  const { platform, chronicle } = parts;
  const entries = await readEntries(parts);
  chronicle.count("audit", "ledger entries", entries.size);
  chronicle.count(
    "audit",
    "corrected from the log",
    count(entries, ({ corrected }) => corrected !== undefined),
  );
  chronicle.count(
    "audit",
    "let through by grants",
    count(entries, ({ grant }) => grant !== undefined),
  );
  compareWithWitness(entries, platform.awsLocal.witness().invocations, chronicle);
  compareWithTold(entries, parts.told, chronicle);
  for (const entry of entries.values()) {
    checkReceipt(entry, chronicle);
  }
  await checkAccounts([...entries.values()], parts);
}

async function readEntries({
  platform,
  members,
  startedAtMs,
}: AuditParts): Promise<Map<string, LedgerEntry>> {
  const entries = new Map<string, LedgerEntry>();
  const range = { startMs: startedAtMs - 60_000, endMs: Date.now() + 60_000 };
  for (const { id } of members) {
    for await (const entry of platform.ledger.list(id, range)) {
      entries.set(entry.requestId, entry);
    }
  }
  return entries;
}

function count(entries: ReadonlyMap<string, LedgerEntry>, is: (entry: LedgerEntry) => boolean): number {
  return [...entries.values()].filter(is).length;
}

/** Request by request, token class by token class. */
function compareWithWitness(
  entries: ReadonlyMap<string, LedgerEntry>,
  served: readonly ServedInvocation[],
  chronicle: Chronicle,
): void {
  const witnessed = new Map<string, { readonly usage: TokenUsage; readonly of: ServedInvocation }>();
  for (const one of served) {
    const id = one.caprockRequest ?? "none";
    witnessed.set(id, { usage: addUsage(witnessed.get(id)?.usage ?? noTokens, one.usage), of: one });
  }
  chronicle.count("audit", "calls that Bedrock served", witnessed.size);
  const differing = (what: string, ids: readonly string[]) => {
    if (ids.length > 0) {
      chronicle.violated(`${ids.length} ${what}`, ids.slice(0, 20));
    }
  };
  differing(
    "calls were served and are not in the ledger.",
    [...witnessed.keys()].filter((id) => !entries.has(id)),
  );
  differing(
    "ledger entries are of calls that were never served.",
    [...entries.keys()].filter((id) => !witnessed.has(id)),
  );
  differing(
    "ledger entries are still estimates.",
    [...entries.values()].filter(({ estimated }) => estimated).map(({ requestId }) => requestId),
  );
  differing(
    "ledger entries differ from what was served.",
    [...witnessed].flatMap(([id, { usage, of }]) => {
      const entry = entries.get(id);
      const isSame =
        entry &&
        sameUsage(entry.usage, usage) &&
        entry.invokedId === of.modelId &&
        entry.tenantId === of.tenant;
      return !entry || isSame ? [] : [`${id} ${JSON.stringify(entry.usage)} served ${JSON.stringify(usage)}`];
    }),
  );
}

function sameUsage(one: TokenUsage, other: TokenUsage): boolean {
  return (Object.keys(noTokens) as (keyof TokenUsage)[]).every((name) => one[name] === other[name]);
}

/** Nothing that a client was told of is missing or different. */
function compareWithTold(
  entries: ReadonlyMap<string, LedgerEntry>,
  told: ToldUsage,
  chronicle: Chronicle,
): void {
  chronicle.count("audit", "answers whose usage the client was told", told.size);
  const wrong = [...told].flatMap(([id, { input, output }]) => {
    const usage = entries.get(id)?.usage;
    return usage?.input === input && usage.output === output ? [] : [id];
  });
  if (wrong.length > 0) {
    chronicle.violated(
      `${wrong.length} clients were told of other usage than is billed.`,
      wrong.slice(0, 20),
    );
  }
}

const catalog = createCatalog(allModels);
const priceBook = currentPriceBook();

/** By its own lines, and by the price book. */
function checkReceipt(entry: LedgerEntry, chronicle: Chronicle): void {
  const { requestId, lines, usage, listCostNanoUsd, costNanoUsd, markupBasisPoints, serviceTier } = entry;
  const sum = lines.reduce((total, line) => total + BigInt(line.tokens) * line.rateNanoUsdPerMillion, 0n);
  const fromLines = divideRoundingUp(sum, 1_000_000n);
  const route = catalog.route(entry.invokedId, "us-east-1");
  const price =
    "refused" in route ? undefined : priceBook.findForRoute(route, serviceTier, entry.arrivedAtMs);
  const fromBook = price && priceUsage(price, usage).costNanoUsd;
  const covers = Object.entries(usage).every(
    ([name, tokens]) =>
      lines.filter(({ tokenClass }) => tokenClass === name).reduce((all, line) => all + line.tokens, 0) ===
      tokens,
  );
  const isRight =
    covers &&
    fromLines === listCostNanoUsd &&
    fromBook === listCostNanoUsd &&
    charged(listCostNanoUsd, markupBasisPoints) === costNanoUsd;
  if (!isRight) {
    chronicle.violated("A receipt does not come to its cost.", [requestId]);
  }
}

/**
 * What is settled is what the ledger's entries come to. Exactly so for money and tokens of a day and longer. A request
 * counts when it was let through, even if it did not run after all; and what a dead process had counted in a minute
 * is forgotten with the minute.
 */
async function checkAccounts(
  entries: readonly LedgerEntry[],
  { platform, chronicle }: AuditParts,
): Promise<void> {
  for (const { accountId, open } of await readAccounts(platform)) {
    const account = await platform.accounts.read(accountId);
    if (!account || open.length > 0) {
      continue;
    }
    const { unit, window, settled } = account;
    const counted = entries.filter((entry) => isCountedBy(account, entry));
    const sum = counted.reduce((total, entry) => total + usedOf(unit, entry), 0n);
    const isExact = (unit === "nanoUsd" || unit === "tokens") && window?.kind !== "minute";
    const isRight = isExact
      ? settled === sum
      : unit === "concurrency"
        ? settled === 0n
        : window?.kind === "minute" || settled >= sum;
    chronicle.count("accounts", `${unit} of a ${window?.kind ?? "moment"}`);
    if (!isRight) {
      const difference = settled > sum ? settled - sum : sum - settled;
      const suspects = counted.filter((entry) => usedOf(unit, entry) === difference);
      chronicle.violated(
        `${accountId}: ${settled} is settled, its ${counted.length} ledger entries come to ${sum}.`,
        suspects.map(
          ({ requestId, status, grant, corrected }) =>
            `${requestId} ${status} ${JSON.stringify({ grant, corrected }, (_, value) => (typeof value === "bigint" ? String(value) : value))}`,
        ),
      );
    }
  }
}
