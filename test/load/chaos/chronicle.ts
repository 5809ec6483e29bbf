/** What happened in a run: counts to be shown, and violations with the requests that they concern. */

export interface Violation {
  readonly what: string;
  readonly requestIds: readonly string[];
}

export class Chronicle {
  readonly violations: Violation[] = [];
  private readonly counts = new Map<string, Map<string, number>>();
  private readonly seen = new Set<string>();

  count(group: string, name: string, by = 1): void {
    const names = this.counts.get(group) ?? new Map<string, number>();
    this.counts.set(group, names);
    names.set(name, (names.get(name) ?? 0) + by);
  }

  total(group: string): number {
    return [...(this.counts.get(group)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  }

  of(group: string, name: string): number {
    return this.counts.get(group)?.get(name) ?? 0;
  }

  /** Told once for each `what`, however often it is found. */
  violated(what: string, requestIds: readonly string[] = []): void {
    if (!this.seen.has(what)) {
      this.seen.add(what);
      this.violations.push({ what, requestIds });
    }
  }

  /** Every count, a group a line. */
  table(): string {
    const width = Math.max(...[...this.counts.keys()].map((group) => group.length));
    return [...this.counts]
      .map(([group, names]) => {
        const parts = [...names].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ${count}`);
        return `${group.padEnd(width)}  ${String(this.total(group)).padStart(7)}  ${parts.join(", ")}`;
      })
      .join("\n");
  }
}
