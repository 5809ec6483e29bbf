/** Check: every ledger entry is a receipt that comes to its cost when it is computed again. */
import {
  divideRoundingUp,
  requestArrivalMs,
  requestIdPattern,
  type TenantId,
  tokenClasses,
} from "@caprock/domain";
import type { LedgerEntry } from "../ledger-store.ts";
import { priceUsage } from "../price-book/index.ts";
import { costOfUnits, tokensPerRate } from "../price-book/price-usage.ts";
import { charged } from "../receipt.ts";
import { entryRange } from "./entry-range.ts";
import { amountText, type CheckDefinition, type CheckReport, Findings } from "./findings.ts";
import type { VerifyParts, VerifyScope } from "./verify-parts.ts";

export const entriesRecompute: CheckDefinition = {
  id: "entries-recompute",
  promise:
    "Every entry's lines, multiplied by their rates, summed and rounded up once, are its list cost; with its markup that is its cost. Its lines are the tokens that were used, its rates those of the price book edition it names, its request id tells when it arrived, and no request has two entries.",
  method:
    "Every entry is computed again from its own lines. Where it names the present edition of the price book, it is priced anew from its usage and both receipts must be equal; entries of earlier editions are computed from their lines alone. A tenant's entries come in the order of their request ids, which shows one that comes twice or in the wrong month. An entry that looks wrong is read again first.",
};

type Parts = Pick<VerifyParts, "ledger" | "priceBookVersion" | "priceOf">;

export async function checkEntriesRecompute(scope: VerifyScope, parts: Parts): Promise<CheckReport> {
  const findings = new Findings();
  for (const tenant of scope.tenants) {
    let last = "";
    for await (const entry of parts.ledger.list(tenant.id, entryRange(tenant, scope))) {
      findings.lookedAt("entries");
      findings.lookedAt(
        entry.priceBookVersion === parts.priceBookVersion
          ? "of the present edition, priced anew"
          : "of earlier editions",
      );
      if (entry.requestId <= last) {
        findings.offend(entry.requestId, "comes twice, or is kept in a month in which it did not arrive");
      }
      last = entry.requestId > last ? entry.requestId : last;
      if (faultsOf(entry, tenant.id, parts).length > 0) {
        const standing = await parts.ledger.find(tenant.id, entry.requestId);
        for (const fault of faultsOf(standing ?? entry, tenant.id, parts)) {
          findings.offend(entry.requestId, fault);
        }
      }
    }
  }
  return findings.report(entriesRecompute);
}

/** Everything that is wrong with an entry. */
function faultsOf(entry: LedgerEntry, tenantId: TenantId, parts: Parts): readonly string[] {
  const { requestId, arrivedAtMs } = entry;
  const arrival = requestIdPattern.test(requestId) ? requestArrivalMs(requestId) : undefined;
  return [
    ...(entry.tenantId === tenantId
      ? []
      : [`is kept among the entries of ${tenantId}, and names ${entry.tenantId}`]),
    ...(arrival === arrivedAtMs
      ? []
      : [`says that it arrived at ${arrivedAtMs}, and its id says ${arrival}`]),
    ...costFaults(entry),
    ...lineFaults(entry),
    ...(entry.priceBookVersion === parts.priceBookVersion ? priceFaults(entry, parts) : []),
  ];
}

function costFaults({
  lines,
  unitLines,
  listCostNanoUsd,
  costNanoUsd,
  markupBasisPoints,
}: LedgerEntry): readonly string[] {
  const sum = lines.reduce((total, line) => total + BigInt(line.tokens) * line.rateNanoUsdPerMillion, 0n);
  const listCost = costOfUnits(unitLines) + divideRoundingUp(sum, tokensPerRate);
  const cost = charged(listCostNanoUsd, markupBasisPoints);
  const text = (amount: bigint) => amountText("nanoUsd", amount);
  return [
    ...(listCost === listCostNanoUsd
      ? []
      : [`lists a cost of ${text(listCostNanoUsd)}, and its lines come to ${text(listCost)}`]),
    ...(cost === costNanoUsd
      ? []
      : [
          `costs ${text(costNanoUsd)}, and its list cost with ${markupBasisPoints} basis points is ${text(cost)}`,
        ]),
  ];
}

/** Where something is billed by the piece and tokens are not, there are no lines of tokens. */
function lineFaults({ usage, lines, unitLines }: LedgerEntry): readonly string[] {
  if (lines.length === 0 && unitLines.length > 0) {
    return [];
  }
  return tokenClasses.flatMap((tokenClass) => {
    const counts = lines.filter((line) => line.tokenClass === tokenClass).map(({ tokens }) => tokens);
    const billed = counts.reduce((sum, tokens) => sum + tokens, 0);
    return billed === usage[tokenClass] && counts.length <= 1
      ? []
      : [`used ${usage[tokenClass]} ${tokenClass} tokens, and its lines have ${counts.join(" + ") || 0}`];
  });
}

function priceFaults(entry: LedgerEntry, { priceOf }: Parts): readonly string[] {
  const price = priceOf(entry);
  const { invokedId, serviceTier, priceBookVersion } = entry;
  const way = `${invokedId} at tier ${serviceTier}`;
  if (!price || entry.unitLines.some(({ unit }) => price.unitRates?.[unit] === undefined)) {
    return [`names edition ${priceBookVersion}, which has no price for ${way}`];
  }
  const units = Object.fromEntries(entry.unitLines.map(({ unit, count }) => [unit, count]));
  const priced = priceUsage(price, entry.usage, units);
  const rates = [
    ...entry.lines.map(({ tokenClass: item, rateNanoUsdPerMillion: rate }) => ({ item, rate })),
    ...entry.unitLines.map(({ unit: item, rateNanoUsd: rate }) => ({ item, rate })),
  ];
  const published = new Map<string, bigint>([
    ...priced.lines.map((line) => [line.tokenClass, line.rateNanoUsdPerMillion] as const),
    ...priced.unitLines.map((line) => [line.unit, line.rateNanoUsd] as const),
  ]);
  return rates
    .filter(({ item, rate }) => published.has(item) && published.get(item) !== rate)
    .map(
      ({ item, rate }) =>
        `was charged ${rate} nano-USD for ${item}, and edition ${priceBookVersion} says ${published.get(item)} for ${way}`,
    );
}
