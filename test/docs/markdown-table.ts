/** A table in Markdown. */

/** Cells may hold any text on one line; what would end a cell is escaped. Columns are padded, as the formatter wants. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const escaped = [head, ...rows].map((cells) => cells.map((cell) => cell.replaceAll("|", "\\|")));
  const widths = head.map((_, column) => Math.max(...escaped.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [heading = [], ...lines] = escaped;
  return [line(heading), line(widths.map((width) => "-".repeat(width))), ...lines.map(line)].join("\n");
}
