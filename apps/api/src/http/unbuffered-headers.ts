/** What tells proxies to pass a stream on as it comes. */

export const unbufferedHeaders = {
  // What is compressed or otherwise changed on its way is collected first.
  "cache-control": "no-cache, no-transform",
  // Asks nginx and its kin not to collect the answer.
  "x-accel-buffering": "no",
} as const;
