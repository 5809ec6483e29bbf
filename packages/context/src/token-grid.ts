/** Chooses where to cut on a grid of tokens that is fixed to the chat's start, so that cuts rarely move. */

/**
 * The roundest number (the one divisible by the highest power of two) from `least` to `least + slack`; `least`
 * is at least 1.
 *
 * Cutting there needs no memory of earlier cuts: as a chat grows, the answer stays the same until `least` has
 * passed it, then jumps by about half to all of the slack; between jumps a prompt cache can reuse the whole
 * prefix. And it keeps more when there is more room: if `least` falls and `least + slack` does not rise, the
 * answer cannot rise, because a number in both ranges that is rounder than one of them is rounder than all.
 */
export function roundestFrom(least: number, slack: number): number {
  const most = least + slack;
  let grid = 1;
  while (Math.floor(most / (grid * 2)) * grid * 2 >= least) {
    grid *= 2;
  }
  return Math.floor(most / grid) * grid;
}
