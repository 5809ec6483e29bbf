/** Writes retrieved text as tagged blocks, so that a model can tell it from what the user says, and cite it by id. */

/** An element of a quoting block. Attributes that are undefined are left out. */
export function quoted(
  tag: string,
  attributes: Readonly<Record<string, string | undefined>>,
  text: string,
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${attribute(value ?? "")}"`);
  return `<${tag}${written.join("")}>\n${defused(text)}\n</${tag}>`;
}

function attribute(value: string): string {
  return value
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll("\n", " ");
}

const ownTags =
  /<(?=\/?(?:documents?|memories|memory|earlier_turns|turn|preferences|preference|summary)\b)/gi;

/** A text that holds our own tags cannot end its quote, or pretend to be another one. */
function defused(text: string): string {
  return text.replace(ownTags, "&lt;");
}
