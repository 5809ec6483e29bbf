/** Bounds the nesting of JSON that a caller wrote and that is written out again: JSON.stringify recurses. */

/** More levels than any tool's schema or arguments need, far fewer than overflow a stack. */
export const mostNesting = 100;

/** Whether objects and arrays stand inside one another more than `levels` deep. */
export function isNestedDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) {
    return false;
  }
  if (levels === 0) {
    return true;
  }
  return Object.values(value).some((member) => isNestedDeeperThan(member, levels - 1));
}
