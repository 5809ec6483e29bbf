/**
 * The chaos run as a command: `pnpm --filter @caprock/test chaos --minutes 10 --processes 4 --clients 200 --seed 1`.
 * Prints what happened, and ends with 1 if anything of it must not happen.
 */
import { parseArgs } from "node:util";
import { mostCallsInARow } from "./chaos/clients.ts";
import { runChaos } from "./chaos/run-chaos.ts";

const { values } = parseArgs({
  // pnpm hands its own separator on.
  args: process.argv.slice(2).filter((argument) => argument !== "--"),
  options: {
    minutes: { type: "string", default: "10" },
    processes: { type: "string", default: "4" },
    clients: { type: "string", default: "200" },
    rate: { type: "string", default: "8" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
});
const durationMs = Number(values.minutes) * 60_000;
const clients = Number(values.clients);
const seed = Number(values.seed);
/** What the others ask together: with the busy ones, about what two cores serve while much goes wrong. */
const callsPerSecond = Number(values.rate);
console.log(`seed ${seed}: ${values.minutes} minutes, ${values.processes} API processes, ${clients} clients`);

const startedAtMs = Date.now();
const { chronicle, log } = await runChaos({
  seed,
  durationMs,
  apis: Number(values.processes),
  clients,
  busyClients: Math.min(8, clients),
  mostPauseMs: ((clients * mostCallsInARow) / callsPerSecond) * 1_000,
  holdTtlMs: 25_000,
  logDelayMs: 2_000,
  logGraceMs: 8_000,
  killsMs: [5_000, 20_000],
  expectedCalls: (durationMs / 1_000) * callsPerSecond * 2,
  progress: (so) =>
    console.log(
      `${Math.round((Date.now() - startedAtMs) / 1_000)} s: ${so.total("calls")} calls, ${so.total("kills")} kills, ${so.violations.length} violations`,
    ),
});
console.log(`\n${chronicle.table()}\n`);
for (const { what, requestIds } of chronicle.violations) {
  console.log(`VIOLATION ${what}${requestIds.map((id) => `\n    ${id}`).join("")}`);
}
if (log.length > 0) {
  console.log(`\nWhat was logged of them:\n${log.join("\n")}`);
}
console.log(chronicle.violations.length === 0 ? "Nothing was lost, nothing was overspent." : "FAILED");
process.exit(chronicle.violations.length === 0 ? 0 : 1);
