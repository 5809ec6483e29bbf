/** Cuts a long message into passages, so that one good paragraph is not lost in a long text. */

/** About 300 tokens of English. */
const passageCharacters = 1_200;

/** The text whole if it is short; otherwise pieces of at most about 300 tokens, cut after a sentence or at a blank. */
export function passagesOf(text: string): string[] {
  if (text.length <= passageCharacters * 1.5) {
    return [text];
  }
  const passages: string[] = [];
  let start = 0;
  while (text.length - start > passageCharacters) {
    const piece = text.slice(start, start + passageCharacters);
    const half = passageCharacters / 2;
    const sentence = Math.max(piece.lastIndexOf("\n"), piece.lastIndexOf(". "), piece.lastIndexOf("。"));
    const cut =
      sentence > half ? sentence + 1 : piece.lastIndexOf(" ") > half ? piece.lastIndexOf(" ") : piece.length;
    passages.push(text.slice(start, start + cut));
    start += cut;
  }
  passages.push(text.slice(start));
  return passages;
}
