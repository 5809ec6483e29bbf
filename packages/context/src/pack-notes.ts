/** Packs short notes (preferences, memory records) into a budget: pinned ones first, then as many as fit, in order. */
import type { Note } from "./fit-input.ts";
import { quoted } from "./quoted-text.ts";
import type { TokenCounter } from "./token-counter.ts";

export interface PackedNotes {
  readonly text: string | undefined;
  readonly tokens: number;
  readonly dropped: readonly Note[];
  readonly duplicates: readonly Note[];
}

export interface NotePacker {
  readonly demandTokens: number;
  readonly pinnedTokens: number;
  pack(budgetTokens: number): PackedNotes;
}

/** `tags` are those around all notes and around each, for example `["memories", "memory"]`. */
export function notePacker(
  notes: readonly Note[],
  tags: readonly [string, string],
  counter: TokenCounter,
): NotePacker {
  const pinnedFirst = [...notes.filter(({ pinned }) => pinned), ...notes.filter(({ pinned }) => !pinned)];
  const byText = new Map<string, Note>();
  for (const note of pinnedFirst) {
    byText.set(note.text.trim(), byText.get(note.text.trim()) ?? note);
  }
  const ranked = [...byText.values()];
  const duplicates = pinnedFirst.filter((note) => byText.get(note.text.trim()) !== note);
  const [outer, inner] = tags;
  const written = (kept: readonly Note[]): string | undefined =>
    kept.length === 0
      ? undefined
      : `<${outer}>\n${kept.map(({ id, text }) => quoted(inner, { id }, text)).join("\n")}\n</${outer}>\n`;
  const measure = (kept: readonly Note[]): number => {
    const text = written(kept);
    return text === undefined ? 0 : counter.text(text);
  };

  return {
    demandTokens: measure(ranked),
    pinnedTokens: measure(ranked.filter(({ pinned }) => pinned)),
    pack(budgetTokens) {
      let count = ranked.length;
      if (measure(ranked) > budgetTokens) {
        const sizes = ranked.map((_, index) => index + 1);
        count = (sizes.find((size) => measure(ranked.slice(0, size)) > budgetTokens) ?? 1) - 1;
      }
      const kept = ranked.slice(0, count);
      return { text: written(kept), tokens: measure(kept), dropped: ranked.slice(count), duplicates };
    },
  };
}
