/** Gives names consecutive numbers from 0, in order of appearance. */
export class Numbering {
  readonly names: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) {
      return known;
    }
    this.names.push(name);
    this.#numbers.set(name, this.names.length - 1);
    return this.names.length - 1;
  }

  find(name: string): number | undefined {
    return this.#numbers.get(name);
  }
}
