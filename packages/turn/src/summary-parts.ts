/** Cuts what a summariser is to be told into parts that it can be shown one after the other. */

/** A message as a summariser is told of it. */
export interface ToldMessage {
  readonly role: string;
  readonly text: string;
}

/**
 * Everything in its order, in parts of at most `mostTokens`: of whole messages where that is possible, else of halves of
 * their texts, never within a surrogate pair. What cannot be halved is longer.
 */
export function summaryParts(
  told: readonly ToldMessage[],
  mostTokens: number,
  count: (told: readonly ToldMessage[]) => number,
): readonly (readonly ToldMessage[])[] {
  const halves = count(told) <= mostTokens ? undefined : halvesOf(told);
  return halves === undefined ? [told] : halves.flatMap((half) => summaryParts(half, mostTokens, count));
}

function halvesOf(told: readonly ToldMessage[]): readonly (readonly ToldMessage[])[] | undefined {
  if (told.length > 1) {
    const middle = Math.ceil(told.length / 2);
    return [told.slice(0, middle), told.slice(middle)];
  }
  const [{ role, text } = { role: "", text: "" }] = told;
  const middle = placeToCut(text);
  return middle === 0
    ? undefined
    : [[{ role, text: text.slice(0, middle) }], [{ role, text: text.slice(middle) }]];
}

/** Between words where there is a space near the middle; 0 for a text that is too short to be cut. */
function placeToCut(text: string): number {
  const middle = Math.floor(text.length / 2);
  const space = text.lastIndexOf(" ", middle);
  const place = space > middle / 2 ? space : middle;
  const isWithinPair = /[\udc00-\udfff]/.test(text[place] ?? "");
  const whole = isWithinPair ? place + 1 : place;
  return whole < text.length ? whole : 0;
}
