/** Writes a verification's report as plain text, for people. */
import { type BooksReport, type CheckReport, instantText, probeIsAccounted } from "@caprock/metering";

/** What the report is about, for its head. */
export interface ReportSubject {
  readonly deployment: string;
  readonly version: string;
  readonly priceBookVersion: string;
  readonly tenantIds: readonly string[];
  readonly isWhole: boolean;
  readonly month?: string;
}

export type Verdict = "PASS" | "FAIL" | "UNFINISHED";

const width = 100;

/** `FAIL` when a check failed; else `UNFINISHED` when one could not be carried out. */
export function verdictOf({ checks }: Pick<BooksReport, "checks">): Verdict {
  const has = (wanted: CheckReport["outcome"]) => checks.some(({ outcome }) => outcome === wanted);
  return has("fail") ? "FAIL" : has("unfinished") ? "UNFINISHED" : "PASS";
}

/** The whole report as text; what is long in it is wrapped. */
export function printReport(report: BooksReport, subject: ReportSubject): string {
  return [
    "Caprock verification report",
    "===========================",
    ...headOf(report, subject),
    "",
    ...tableOf(report.checks),
    "",
    ...wrap(
      `${wroteOf(report)} Calls may run meanwhile: what seems to differ is read again before it is called a failure, and what differs for a reason is listed with it. SKIPPED is no PASS: it was not looked at.`,
      "",
    ),
    ...report.checks.flatMap(detailsOf),
    "",
  ].join("\n");
}

function wroteOf({ checks }: BooksReport): string {
  const probed = checks.some(({ id }) => id === probeIsAccounted.id);
  return probed ? "Nothing was written but by the calls of the probe." : "Nothing was written.";
}

function headOf(report: BooksReport, subject: ReportSubject): readonly string[] {
  const { month, isWhole, tenantIds } = subject;
  const { checks, startedAtMs, endedAtMs, startMs, endMs } = report;
  const count = (wanted: CheckReport["outcome"]) => checks.filter(({ outcome }) => outcome === wanted).length;
  const range =
    month === undefined
      ? `calls that arrived from ${instantText(startMs)} to ${instantText(endMs)}`
      : `the month ${month} of each tenant's time zone`;
  const whose = isWhole
    ? `all ${tenantIds.length} tenants and the platform`
    : `tenants ${tenantIds.join(", ")}`;
  const counts = [
    `${count("pass")} passed`,
    `${count("fail")} failed`,
    `${count("skipped")} skipped`,
    `${count("unfinished")} unfinished`,
  ];
  return [
    ...field("Deployment", subject.deployment),
    ...field("Looked at", `${whose}; ${range}`),
    ...field("When", `${instantText(startedAtMs)} to ${instantText(endedAtMs)}`),
    ...field("With", `Caprock ${subject.version}, price book edition ${subject.priceBookVersion}`),
    ...field("Result", `${verdictOf(report)}: ${counts.join(", ")}`),
  ];
}

function tableOf(checks: readonly CheckReport[]): readonly string[] {
  const row = (id: string, outcome: string, rest: string) =>
    wrap(rest, `  ${id.padEnd(24)}${outcome.padEnd(12)}`, " ".repeat(38));
  return [
    ...row("Check", "Result", "Looked at"),
    ...checks.flatMap((check) =>
      row(
        check.id,
        check.outcome.toUpperCase(),
        check.reason ??
          (check.offenderCount > 0 ? `${plural(check.offenderCount, "offender")}; ` : "") + countsOf(check),
      ),
    ),
  ];
}

function detailsOf(check: CheckReport): readonly string[] {
  const { id, outcome, promise, method, reason, remarks, seen = [], offenders, offenderCount } = check;
  const title = `${id}: ${outcome.toUpperCase()}`;
  const unnamed = offenderCount - offenders.length;
  return [
    "",
    title,
    "-".repeat(title.length),
    ...field("Promised", promise),
    ...field("Checked", method),
    ...field("Looked at", countsOf(check)),
    ...(reason === undefined ? [] : field("Reason", reason)),
    ...seen.flatMap((step, index) => field(`Seen ${index + 1}`, step)),
    ...remarks.flatMap(({ what, count, examples }) => [
      ...field("Remark", `${count} ${what}`),
      ...examples.flatMap((example) => wrap(example, `${" ".repeat(12)}- `, " ".repeat(14))),
      ...(count > examples.length && examples.length > 0
        ? [`${" ".repeat(12)}- and ${count - examples.length} more`]
        : []),
    ]),
    ...offenders.flatMap((offender) => field("OFFENDER", `${offender.id}: ${offender.what}`)),
    ...(unnamed > 0 ? field("", `and ${plural(unnamed, "more offender")}`) : []),
  ];
}

function countsOf({ lookedAt }: CheckReport): string {
  const counts = Object.entries(lookedAt).map(([what, count]) => `${count} ${what}`);
  return counts.length > 0 ? counts.join(", ") : "nothing";
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function field(name: string, text: string): readonly string[] {
  return wrap(text, name.padEnd(12), " ".repeat(12));
}

/** Breaks text at spaces; a word that is longer than a line stays whole, so that ids can be copied. */
function wrap(text: string, first: string, indent = first): readonly string[] {
  const lines: string[] = [];
  let line = first;
  let isEmpty = true;
  for (const word of text.split(" ")) {
    if (!isEmpty && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
      isEmpty = true;
    }
    line += isEmpty ? word : ` ${word}`;
    isEmpty = false;
  }
  return [...lines, line];
}
