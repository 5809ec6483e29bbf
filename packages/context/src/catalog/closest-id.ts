/** Finds the id that a caller most likely meant. */

/** Shorter ids resemble everything. */
const shortestComparedId = 4;
/** Longer ids are no typing slips, and comparing them would cost. */
const longestComparedId = 80;

/**
 * The candidate closest to a mistyped `id`, or undefined when none is close. Ids that hold the whole of what was
 * written ("claude-opus-5" in "global.anthropic.claude-opus-5") come first, the shortest of them; else at most
 * a fifth of the characters may be wrong.
 */
export function closestId(id: string, candidates: readonly string[]): string | undefined {
  if (id.length < shortestComparedId || id.length > longestComparedId) {
    return undefined;
  }
  const wanted = normalized(id);
  const holding = candidates.filter((candidate) => normalized(candidate).includes(wanted));
  if (holding.length > 0) {
    return holding.reduce((best, candidate) => (candidate.length < best.length ? candidate : best));
  }
  let best: string | undefined;
  let fewestEdits = Math.floor(wanted.length / 5) + 1;
  for (const candidate of candidates) {
    // Ids whose lengths differ by more cannot be closer; this spares nearly all comparisons.
    if (Math.abs(candidate.length - wanted.length) < fewestEdits) {
      const edits = editDistance(wanted, normalized(candidate));
      if (edits < fewestEdits) {
        best = candidate;
        fewestEdits = edits;
      }
    }
  }
  return best;
}

function normalized(id: string): string {
  return id.toLowerCase().replaceAll(/[._:\s]/g, "-");
}

/** Levenshtein's distance, a row at a time. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const replaced = at(previous, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, at(previous, column) + 1, at(current, column - 1) + 1));
    }
    previous = current;
  }
  return at(previous, b.length);
}

function at(distances: readonly number[], index: number): number {
  return distances[index] ?? Number.POSITIVE_INFINITY;
}
