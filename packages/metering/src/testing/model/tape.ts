/** For the model check: the choices of one run, made by fast-check, so that a failing run can be told and shortened. */
export class Tape {
  private readonly values: readonly number[];
  private at = 0;

  constructor(values: readonly number[]) {
    this.values = values;
  }

  /** One of `count` choices; the first, once the tape is at its end. */
  next(count: number): number {
    const value = this.values[this.at] ?? 0;
    this.at += 1;
    return value % count;
  }

  /** Several choices by one value of the tape; their counts must not multiply to more than 2^30. */
  split<T extends readonly number[]>(...counts: T): { readonly [K in keyof T]: number };
  split(...counts: readonly number[]): readonly number[] {
    let value = this.values[this.at] ?? 0;
    this.at += 1;
    return counts.map((count) => {
      const choice = value % count;
      value = Math.floor(value / count);
      return choice;
    });
  }

  /** One of `items`; undefined when there is none. */
  pick<T>(items: readonly T[]): T | undefined {
    return items.length === 0 ? undefined : items[this.next(items.length)];
  }

  get isOver(): boolean {
    return this.at >= this.values.length;
  }
}
