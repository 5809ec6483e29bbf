/** The fitted constants of the text estimate: which class a UTF-16 code unit is in, and what it adds where it stands. */

/**
 * Thousandths of a token that a code unit adds, by its class (row) and by where it stands (column):
 * after a blank or at the start; 2nd to 4th, 5th to 8th, 9th and later of a run of its class; first of a run
 * after letters, after a digit, after anything else. Two rows read the run columns differently: digits use them
 * for "opens a new group of three" and "inside a group", punctuation for "another sign", "the same sign again"
 * (2nd to 4th) and "the same sign again" (later). A glued word is one that follows a letter or a digit at once.
 *
 * Least squares on relative errors against o200k; how well it holds is told at `createTokenCounter`.
 */
export const weightRows = {
  space: [0, 230, 0, 60, 0, 1140, 0],
  line: [2200, 760, 200, 200, 1330, 0, 0],
  lower: [260, 320, 30, 460, 200, 200, 270],
  lowerGlued: [200, 20, 110, 40, 200, 770, 200],
  upper: [60, 170, 390, 20, 200, 200, 250],
  upperGlued: [200, 1250, 1350, 2200, 660, 2200, 200],
  digit: [1740, 1510, 20, 200, 1190, 200, 630],
  punctuation: [1270, 270, 110, 150, 400, 970, 1030],
  latin: [790, 250, 170, 170, 100, 170, 100],
  latinExtended: [100, 100, 1060, 1060, 1330, 1060, 1360],
  greek: [370, 360, 530, 460, 430, 430, 460],
  cyrillic: [120, 360, 310, 150, 300, 300, 790],
  cyrillicExtended: [1480, 1440, 1470, 1470, 1470, 1470, 1470],
  caucasian: [420, 420, 400, 360, 410, 400, 390],
  hebrew: [530, 410, 450, 440, 440, 440, 390],
  arabic: [380, 450, 350, 480, 430, 420, 730],
  indic: [100, 520, 590, 100, 420, 420, 700],
  thai: [450, 350, 760, 400, 460, 460, 410],
  han: [1610, 1010, 430, 1420, 1080, 990, 610],
  kana: [700, 720, 640, 770, 780, 720, 810],
  hangul: [960, 660, 550, 750, 880, 780, 600],
  cjkPunctuation: [150, 210, 120, 120, 350, 140, 100],
  symbol: [2200, 1340, 1410, 1440, 2110, 1330, 100],
  emoji: [1600, 2170, 2170, 2170, 2170, 2170, 2270],
  astral: [3000, 3000, 3000, 3000, 3000, 3000, 3000],
  lowSurrogate: [0, 0, 0, 0, 0, 0, 0],
  joiner: [100, 100, 100, 100, 100, 100, 100],
  other: [1000, 1000, 1000, 1000, 1000, 1000, 1000],
} as const satisfies Record<string, readonly number[]>;

export type CharacterClass = keyof typeof weightRows;

/** Ranges of code units and their class; a later row overrides an earlier one, and what no row names is `other`. */
export const classRanges: readonly (readonly [number, number, CharacterClass])[] = [
  [0x00, 0x7f, "punctuation"],
  [0x09, 0x09, "space"],
  [0x20, 0x20, "space"],
  [0x0a, 0x0a, "line"],
  [0x0d, 0x0d, "line"],
  [0x61, 0x7a, "lower"],
  [0x41, 0x5a, "upper"],
  [0x30, 0x39, "digit"],
  [0xa0, 0xbf, "symbol"],
  [0xc0, 0xff, "latin"],
  [0x100, 0x24f, "latinExtended"],
  [0x370, 0x3ff, "greek"],
  [0x400, 0x52f, "cyrillicExtended"],
  [0x410, 0x44f, "cyrillic"],
  [0x401, 0x401, "cyrillic"],
  [0x451, 0x451, "cyrillic"],
  [0x530, 0x58f, "caucasian"],
  [0x590, 0x5ff, "hebrew"],
  [0x600, 0x6ff, "arabic"],
  [0x750, 0x77f, "arabic"],
  [0x900, 0xdff, "indic"],
  [0xe00, 0xeff, "thai"],
  [0x10a0, 0x10ff, "caucasian"],
  [0x1e00, 0x1eff, "latinExtended"],
  [0x2000, 0x2bff, "symbol"],
  [0x200d, 0x200d, "joiner"],
  [0x20e3, 0x20e3, "joiner"],
  [0x2e80, 0x2fff, "han"],
  [0x3000, 0x303f, "cjkPunctuation"],
  [0x3040, 0x30ff, "kana"],
  [0x3100, 0x31ff, "han"],
  [0x3400, 0x9fff, "han"],
  [0xac00, 0xd7af, "hangul"],
  [0xd800, 0xdbff, "astral"],
  [0xd83c, 0xd83e, "emoji"],
  [0xdc00, 0xdfff, "lowSurrogate"],
  [0xf900, 0xfaff, "han"],
  [0xfe0f, 0xfe0f, "joiner"],
  [0xff00, 0xff5e, "cjkPunctuation"],
];
