/** The fitted constants of the text estimate: which class a UTF-16 code unit is in, and what it adds where it stands. */

/**
 * Thousandths of a token that a code unit adds, by its class (row) and by where it stands (column):
 * after a blank or at the start; 2nd to 4th, 5th to 8th, 9th and later of a run of its class; first of a run
 * after letters, after a digit, after anything else. Two rows read the run columns differently: digits use them
 * for "opens a new group of three" and "inside a group", punctuation for "another sign", "the same sign again"
 * (2nd to 4th) and "the same sign again" (later). A glued word is one that follows a letter or a digit at once. The
 * rows `lowerNear…` stand for `lower` soon after an accented letter: what is written around it is not English, whose
 * words cost least.
 *
 * Least squares on relative errors against o200k, each class of text weighing about the same, far texts less; never
 * under a floor, so that no run of letters is free. How well it holds is told at `createTokenCounter`.
 */
export const weightRows = {
  space: [10, 270, 20, 40, 440, 890, 90],
  line: [2160, 220, 200, 200, 1250, 80, 160],
  lower: [330, 90, 20, 120, 200, 200, 220],
  lowerGlued: [200, 0, 20, 120, 200, 830, 200],
  upper: [800, 0, 190, 120, 200, 200, 410],
  upperGlued: [200, 1270, 1320, 2180, 630, 1980, 200],
  digit: [1550, 1180, 0, 200, 1230, 200, 680],
  punctuation: [1110, 310, 260, 0, 1060, 1190, 770],
  latin: [670, 240, 170, 170, 100, 170, 100],
  latinExtended: [200, 200, 1060, 1060, 810, 1060, 1300],
  greek: [340, 350, 510, 390, 430, 430, 450],
  cyrillic: [310, 230, 300, 270, 300, 300, 840],
  cyrillicExtended: [1470, 1430, 1470, 1470, 1470, 1470, 1390],
  caucasian: [410, 400, 400, 300, 410, 400, 360],
  hebrew: [540, 440, 440, 440, 440, 440, 370],
  arabic: [510, 390, 260, 460, 440, 420, 640],
  indic: [100, 500, 520, 100, 430, 420, 780],
  thai: [430, 270, 720, 380, 460, 460, 410],
  han: [1630, 850, 540, 1080, 1080, 990, 1140],
  kana: [930, 410, 300, 1050, 730, 720, 1240],
  hangul: [1150, 530, 550, 750, 860, 780, 600],
  cjkPunctuation: [100, 200, 120, 120, 340, 140, 100],
  symbol: [1930, 1230, 1410, 1440, 1730, 1340, 200],
  emoji: [1910, 2170, 2170, 2170, 2170, 2170, 2010],
  astral: [3000, 3000, 3000, 3000, 3000, 3000, 3000],
  lowSurrogate: [0, 0, 0, 0, 0, 0, 0],
  joiner: [100, 100, 100, 100, 100, 100, 100],
  other: [940, 670, 820, 940, 1000, 1000, 890],
  lowerNearLatin: [140, 180, 90, 350, 200, 200, 240],
  lowerNearLatinExtended: [180, 240, 300, 480, 200, 200, 0],
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
