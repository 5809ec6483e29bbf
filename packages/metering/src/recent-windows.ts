/** Remembers the windows that calls fell into last: finding one in a time zone takes a fraction of a millisecond. */
import type { LimitWindow } from "@caprock/domain";
import { type Window, windowAt } from "./windows.ts";

/** Time zones, times four kinds of windows, that are remembered at once. */
const mostWindows = 4 * 100;

export class RecentWindows {
  private readonly windows = new Map<string, Window>();

  /** The same as `windowAt`. */
  readonly at = (kind: LimitWindow, instantMs: number, timeZone: string): Window => {
    const name = `${kind} ${timeZone}`;
    const recent = this.windows.get(name);
    if (recent && recent.startMs <= instantMs && instantMs < recent.endMs) {
      return recent;
    }
    if (this.windows.size >= mostWindows) {
      this.windows.clear();
    }
    const window = windowAt(kind, instantMs, timeZone);
    this.windows.set(name, window);
    return window;
  };
}
