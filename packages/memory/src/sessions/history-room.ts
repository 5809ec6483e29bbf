/** Tells turn by turn whether a history still has room for it. */
export interface TurnSize {
  readonly bytes: number;
  readonly tokens: number;
}

/** Asked of each turn once, in the order in which they are read: the first one has room however large it is. */
export type HasRoom = (size: TurnSize) => boolean;

export function roomWithin({
  mostBytes = Number.POSITIVE_INFINITY,
  mostTokens = Number.POSITIVE_INFINITY,
}: {
  readonly mostBytes?: number | undefined;
  readonly mostTokens?: number | undefined;
}): HasRoom {
  let [turns, bytes, tokens] = [0, 0, 0];
  return (size) => {
    turns += 1;
    bytes += size.bytes;
    tokens += size.tokens;
    return turns === 1 || (bytes <= mostBytes && tokens <= mostTokens);
  };
}
