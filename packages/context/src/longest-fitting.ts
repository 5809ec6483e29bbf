/** Finds how much of a ranked list fits a budget. */

/** How many of the first items of a list of `length` fit, where more of them never take less. Asks `fits` about log2 times. */
export function longestFitting(length: number, fits: (count: number) => boolean): number {
  let [most, fails] = [0, length + 1];
  while (fails - most > 1) {
    const middle = Math.floor((most + fails) / 2);
    if (fits(middle)) {
      most = middle;
    } else {
      fails = middle;
    }
  }
  return most;
}
