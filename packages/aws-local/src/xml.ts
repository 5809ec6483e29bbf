/** The little XML that S3 and SNS answer with. */

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>';

/** Makes a text safe as the content of an element. */
export function escapeXml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** An element that holds a text. */
export function xmlElement(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`;
}
