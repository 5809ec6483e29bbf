/** The statement's style, on screen and on paper. */
export const statementStyle = `
@page { margin: 18mm; }
body { font: 14px/1.45 system-ui, sans-serif; color: #111; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
header p { margin: .15rem 0; }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0; font-variant-numeric: tabular-nums; }
table.sum { width: auto; min-width: 24rem; }
caption { text-align: left; font-weight: 600; padding-bottom: .35rem; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid #ddd; text-align: right; }
th[scope="row"], thead th:first-child { text-align: left; font-weight: 400; overflow-wrap: anywhere; }
tfoot th[scope="row"], tfoot td { font-weight: 600; border-bottom: 2px solid #111; }
.id, code { font-family: ui-monospace, monospace; font-size: .85em; overflow-wrap: anywhere; }
footer { color: #444; font-size: .85rem; margin-top: 2rem; }
@media print {
  body { margin: 0; padding: 0; max-width: none; font-size: 10pt; }
  thead { display: table-header-group; }
  tr, caption { break-inside: avoid; }
}
`;
