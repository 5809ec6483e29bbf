/** ERRORS.md: every error a caller can meet. */
import type { ErrorDefinition } from "@caprock/domain";
import { markdownTable } from "./markdown-table.ts";

/** The page for a catalog of errors, ordered by HTTP status and then as the catalog has them. */
export function errorsPage(catalog: Readonly<Record<string, ErrorDefinition>>): string {
  const rows = Object.entries(catalog)
    .sort(([, a], [, b]) => a.httpStatus - b.httpStatus)
    .map(([code, { httpStatus, meaning, remedy }]) => [`\`${code}\``, String(httpStatus), meaning, remedy]);
  return `# Errors

Every error that Caprock answers with. The code never changes its meaning; the message beside it says which value
was wrong. Each wire puts them into its own error shape. Generated from \`src/errors.ts\`: to change this page, change
that file and run \`pnpm run docs\`.

${markdownTable(["Code", "HTTP status", "When", "What to do"], rows)}
`;
}
