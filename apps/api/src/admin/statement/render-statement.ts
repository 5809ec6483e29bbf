/** Renders a tenant's statement as a page that stands by itself: it prints, and needs no script. */
import { formatUsd, type NanoUsd, tokenClasses } from "@caprock/domain";
import {
  billedUnits,
  type TenantStatement,
  type UnitCounts,
  type UsageDimension,
  type UsageRow,
} from "@caprock/metering";
import { html, raw } from "hono/html";
import { statementStyle } from "./statement-style.ts";

type Html = ReturnType<typeof html>;

/** Every value is escaped. Amounts are exact, to the nano-dollar. */
export function renderStatement(statement: TenantStatement, nowMs: number): Html {
  const { tenant, month, figures, closed } = statement;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Statement ${month}, ${tenant.name}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>${raw(statementStyle)}</style>
</head>
<body>
<header>
<h1>Statement for ${month}</h1>
<p><strong>${tenant.name}</strong> <span class="id">${tenant.id}</span></p>
<p>${local(statement.startMs, tenant.timeZone)} to ${local(statement.endMs, tenant.timeZone)} (${tenant.timeZone})</p>
<p>${
    closed
      ? `Closed ${local(closed.closedAtMs, tenant.timeZone)}. This bill does not change any more.`
      : `Not closed yet: made ${local(nowMs, tenant.timeZone)}, and may change.`
  }</p>
</header>
<table class="sum">
<caption>Summary, USD</caption>
<tbody>
${line("At AWS's list prices", figures.listCostNanoUsd)}
${line("Markup or discount", figures.costNanoUsd - figures.listCostNanoUsd)}
${line("Charged for calls", figures.costNanoUsd)}
${line(`Adjustments (${statement.adjustmentCount})`, statement.adjustmentNanoUsd)}
</tbody>
<tfoot>
${line("Total", statement.billNanoUsd)}
</tfoot>
</table>
<table class="sum">
<caption>Limit and estimates</caption>
<tbody>
${line("Cap of the month, USD", statement.capNanoUsd)}
<tr><th scope="row">Calls</th><td>${figures.requests}</td></tr>
<tr><th scope="row">Of them estimated</th><td>${figures.estimatedRequests}</td></tr>
${line("Charged for estimated calls, USD", figures.estimatedCostNanoUsd)}
${figures.simulatedRequests > 0 ? html`<tr><th scope="row">Simulated calls (demo traffic)</th><td>${figures.simulatedRequests}</td></tr>` : ""}
</tbody>
</table>
${breakdown("By application", "Application", "application", statement.byApplication)}
${breakdown("By API key", "Key", "key", statement.byKey)}
${breakdown("By model", "Model", "model", statement.byModel)}
${adjustments(statement)}
<footer>
<p>Each call is rounded up to the nano-dollar once. Estimated calls were cut before Bedrock reported their tokens; they are charged at Caprock's own count.</p>
${closed ? html`<p>SHA-256 of the month's entries: <code>${closed.entriesSha256}</code></p>` : ""}
</footer>
</body>
</html>
`;
}

function line(title: string, amount: NanoUsd): Html {
  return html`<tr><th scope="row">${title}</th><td>${formatUsd(amount)}</td></tr>`;
}

function breakdown(
  title: string,
  heading: string,
  dimension: UsageDimension,
  rows: readonly UsageRow[],
): Html {
  const hasUnits = rows.some(({ units }) => unitsOf(units) !== "");
  return html`<table>
<caption>${title}</caption>
<thead><tr><th scope="col">${heading}</th><th scope="col">Calls</th><th scope="col">Tokens in</th><th scope="col">Tokens out</th>${hasUnits ? html`<th scope="col">By the piece</th>` : ""}<th scope="col">List, USD</th><th scope="col">Charged, USD</th></tr></thead>
<tbody>
${rows.map((row) => breakdownRow(row, dimension, hasUnits))}
</tbody>
</table>`;
}

function breakdownRow(row: UsageRow, dimension: UsageDimension, hasUnits: boolean): Html {
  const read = tokenClasses
    .filter((tokenClass) => tokenClass !== "output")
    .reduce((sum, tokenClass) => sum + row.tokens[tokenClass], 0);
  return html`<tr><th scope="row">${row.group[dimension] ?? ""}</th><td>${row.requests}</td><td>${read}</td><td>${row.tokens.output}</td>${hasUnits ? html`<td>${unitsOf(row.units)}</td>` : ""}<td>${formatUsd(row.listCostNanoUsd)}</td><td>${formatUsd(row.costNanoUsd)}</td></tr>
`;
}

/** "3 image, 2 query". */
function unitsOf(units: UnitCounts): string {
  return billedUnits.flatMap((unit) => (units[unit] ? [`${units[unit]} ${unit}`] : [])).join(", ");
}

function adjustments({ adjustments: listed, adjustmentCount, tenant }: TenantStatement): Html | "" {
  if (adjustmentCount === 0) {
    return "";
  }
  const more = adjustmentCount - listed.length;
  return html`<table>
<caption>Adjustments</caption>
<thead><tr><th scope="col">Call</th><th scope="col">Arrived</th><th scope="col">Model</th><th scope="col">Reason</th><th scope="col">USD</th></tr></thead>
<tbody>
${listed.map(
  (
    one,
  ) => html`<tr><th scope="row" class="id">${one.requestId}</th><td>${local(one.arrivedAtMs, tenant.timeZone)}</td><td>${one.modelId}</td><td>${one.reason}</td><td>${formatUsd(one.deltaNanoUsd)}</td></tr>
`,
)}
</tbody>
</table>
${more > 0 ? html`<p>${more} more are in the chargeback export.</p>` : ""}`;
}

/** As the clock on the wall there shows it, with its offset. */
function local(instantMs: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-GB", {
    timeZone,
    dateStyle: "medium",
    timeStyle: "long",
  }).format(instantMs);
}
