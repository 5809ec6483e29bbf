/** Writes tables as CSV (RFC 4180), a stretch at a time, safe to open in a spreadsheet. */
import { formatUsd } from "@caprock/domain";
import { stringify } from "csv-stringify/sync";

/** Money is a bigint (nano-USD) and written as decimal USD; absent values are empty fields. */
export type CsvValue = string | number | bigint | boolean | undefined;

const recordsAtOnce = 500;

/**
 * The header and the records, as text in pieces. Text that a spreadsheet would run as a formula is preceded by an
 * apostrophe (OWASP, "CSV Injection"); amounts are not text.
 */
export async function* writeCsv(
  columns: readonly string[],
  records: AsyncIterable<readonly CsvValue[]> | Iterable<readonly CsvValue[]>,
): AsyncGenerator<string> {
  let waiting: (readonly CsvValue[])[] = [columns];
  for await (const record of records) {
    waiting.push(record);
    if (waiting.length >= recordsAtOnce) {
      yield csvOf(waiting);
      waiting = [];
    }
  }
  if (waiting.length > 0) {
    yield csvOf(waiting);
  }
}

function csvOf(records: readonly (readonly CsvValue[])[]): string {
  return stringify(
    records.map((record) => [...record]),
    {
      record_delimiter: "windows",
      escape_formulas: true,
      cast: { bigint: formatUsd, boolean: String },
    },
  );
}
