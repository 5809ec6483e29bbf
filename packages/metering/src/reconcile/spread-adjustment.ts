/** Shares what was adjusted of a call, or of many, among its components. */
import type { NanoUsd } from "@caprock/domain";
import { type Amount, type Amounts, partsOfNano } from "./drift-tally.ts";
import { driftComponents } from "./reconciliation.ts";

/**
 * An adjustment is one amount; which component it is of is not known. When the whole cost with it is what `expected`
 * comes to, it is taken to be right in each component; otherwise it is shared in proportion to the costs that it
 * changes, or, where there are none, to those expected.
 */
export function withAdjustment(
  amounts: Amounts,
  adjustedNanoUsd: NanoUsd,
  expected: Amounts | undefined,
  slackParts: bigint,
): Amounts {
  if (adjustedNanoUsd === 0n) {
    return amounts;
  }
  const adjustedParts = adjustedNanoUsd * partsOfNano;
  const wholeParts = totalOf(amounts) + adjustedParts;
  const difference = wholeParts - totalOf(expected ?? {});
  if (expected && difference >= -slackParts && difference <= slackParts) {
    return mapAmounts(amounts, expected, (amount, wanted) => ({ ...amount, costParts: wanted.costParts }));
  }
  const basis = totalOf(amounts) > 0n ? amounts : (expected ?? {});
  const basisParts = totalOf(basis);
  if (basisParts === 0n) {
    return amounts;
  }
  let left = adjustedParts;
  let basisLeft = basisParts;
  return mapAmounts(amounts, basis, (amount, { costParts }) => {
    const share = basisLeft === 0n ? 0n : (left * costParts) / basisLeft;
    left -= share;
    basisLeft -= costParts;
    return { ...amount, costParts: amount.costParts + share };
  });
}

function totalOf(amounts: Amounts): bigint {
  return Object.values(amounts)
    .flat()
    .reduce((sum, { costParts }) => sum + costParts, 0n);
}

/** Maps each amount together with the one in its place in `others`. */
function mapAmounts(
  amounts: Amounts,
  others: Amounts,
  map: (amount: Amount, other: Amount) => Amount,
): Amounts {
  const nothing: Amount = { count: 0n, costParts: 0n };
  return Object.fromEntries(
    driftComponents.map((component) => {
      const [ours, theirs] = [amounts[component] ?? [], others[component] ?? []];
      const places = Array.from({ length: Math.max(ours.length, theirs.length) }, (_, place) => place);
      return [component, places.map((place) => map(ours[place] ?? nothing, theirs[place] ?? nothing))];
    }),
  );
}
