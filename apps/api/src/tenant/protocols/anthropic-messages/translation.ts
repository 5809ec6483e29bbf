/** What a translation into Converse gathers on its way: for which model, what was left out, which documents were named. */
import type { Model } from "@caprock/domain";
import { type CacheControl, type CachePlace, cachePoint, takesCachePoints } from "./cache-control.ts";

/** One Converse block, as it stands in JSON. */
export type Block = Readonly<Record<string, unknown>>;

/** A document's name may hold these only (Bedrock Runtime API reference, DocumentBlock); one space at a time. */
const foreignCharacters = /[^a-zA-Z0-9 ()[\]-]+/g;
const longestName = 200;

export class Translation {
  readonly model: Model;
  /** Titles of the documents in their order, as the caller wrote them: citations name documents by their place. */
  readonly documentTitles: (string | null)[] = [];
  private readonly notes = new Set<string>();
  private readonly names = new Set<string>();

  constructor(model: Model) {
    this.model = model;
  }

  get isClaude(): boolean {
    return this.model.vendor === "anthropic";
  }

  get warnings(): readonly string[] {
    return [...this.notes];
  }

  warn(what: string): void {
    this.notes.add(what);
  }

  /** The cache point for a block's cache_control, to stand right after it; none where the model takes none there. */
  point(control: CacheControl, place: CachePlace): Block[] {
    if (!control) {
      return [];
    }
    if (!takesCachePoints(this.model.vendor, place)) {
      this.warn(`cache_control in ${place} is left out: ${this.model.id} takes no cache points there`);
      return [];
    }
    if (control.ttl === "1h" && !this.isClaude) {
      this.warn(`the cache_control ttl is left out: ${this.model.id} keeps a cache for 5 minutes`);
      return [cachePoint(undefined)];
    }
    return [cachePoint(control.ttl ?? undefined)];
  }

  /** A name of its own for a document, since Bedrock asks for one: what of the title may stand in it. */
  nameDocument(title: string | null | undefined): string {
    this.documentTitles.push(title ?? null);
    const plain = (title ?? "").replaceAll(foreignCharacters, " ").replaceAll(/ +/g, " ").trim();
    const base = plain === "" ? `Document ${this.documentTitles.length}` : plain.slice(0, longestName - 10);
    let name = base;
    for (let count = 2; this.names.has(name); count += 1) {
      name = `${base} ${count}`;
    }
    this.names.add(name);
    return name;
  }
}
