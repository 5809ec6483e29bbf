/** aws-local's own tokens: simple, deterministic, and never more of them than the text has UTF-8 bytes. */

/**
 * Cuts a text into tokens: up to four letters or digits with the space before them, or any single character.
 * Joined they give the text back, and a text cut between two tokens has just those tokens.
 */
export function tokenize(text: string): string[] {
  return text.match(/ ?[A-Za-z0-9]{1,4}|[\s\S]/gu) ?? [];
}

export function countTokens(text: string): number {
  return tokenize(text).length;
}
