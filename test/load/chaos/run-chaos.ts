/** Everything at once: clients, kills, faults and admins; then rest, and a reckoning. */
import { setMaxListeners } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { readAccounts } from "../../platform/account-items.ts";
import { startPlatform } from "../../platform/start-platform.ts";
import { audit } from "./audit.ts";
import { makeCall } from "./call.ts";
import { Chronicle } from "./chronicle.ts";
import { runClients, type ToldUsage } from "./clients.ts";
import { disturb } from "./disturbances.ts";
import { type Member, populate } from "./population.ts";
import { Processes } from "./processes.ts";
import { Sampler } from "./samples.ts";
import { Seeded } from "./seeded.ts";

export interface ChaosOptions {
  readonly seed: number;
  readonly durationMs: number;
  readonly apis: number;
  readonly clients: number;
  readonly busyClients: number;
  readonly mostPauseMs: number;
  readonly holdTtlMs: number;
  /** How late Bedrock's log shows a call, and how long the worker waits for what it does not show. */
  readonly logDelayMs: number;
  readonly logGraceMs: number;
  readonly killsMs: readonly [number, number];
  /** How many calls the run is likely to make; tight caps are measured by it. */
  readonly expectedCalls: number;
  /** Told now and then how it goes. */
  readonly progress?: (chronicle: Chronicle) => void;
}

const sampleMs = 1_000;

/** Resolves with what happened; the log lines that belong to violations come with them. */
export async function runChaos(
  options: ChaosOptions,
): Promise<{ chronicle: Chronicle; log: readonly string[] }> {
  const { seed, holdTtlMs, logGraceMs } = options;
  const chronicle = new Chronicle();
  const platform = await startPlatform({
    apis: options.apis,
    invocationLogDelayMs: options.logDelayMs,
    environment: {
      CAPROCK_HOLD_TTL_MS: String(holdTtlMs),
      CAPROCK_INVOCATION_LOG_GRACE_MS: String(logGraceMs),
      CAPROCK_WORKER_INTERVAL_MS: "1000",
      CAPROCK_INVOCATION_LOG_RETRY_MS: "1000",
      CAPROCK_UPSTREAM_IDLE_TIMEOUT_MS: "5000",
    },
  });
  try {
    const startedAtMs = Date.now();
    const members = await populate(platform.admin, options.expectedCalls);
    const processes = new Processes(platform, await platform.startWorker(), chronicle);
    platform.awsLocal.setSpeed({ timeToFirstTokenMs: 20, tokensPerSecond: 400 });
    const stopping = new AbortController();
    const stop = stopping.signal;
    // Every client and every disturbance listens to it.
    setMaxListeners(0, stop);
    const sampler = new Sampler(chronicle);
    const sampling = sample(sampler, platform, stop);
    const timer = setInterval(() => options.progress?.(chronicle), 30_000);
    const running = Promise.all([
      runClients({ ...options, members, processes, chronicle, stop }),
      disturb({ ...options, platform, members, processes, chronicle, stop }),
    ]);
    await wait(options.durationMs);
    stopping.abort();
    const [told] = await running;
    clearInterval(timer);
    await sampling;
    platform.awsLocal.clearFaults();
    platform.awsLocal.setSpeed({ timeToFirstTokenMs: 0, tokensPerSecond: 0 });
    await processes.allUp();
    const restMs = await rest(platform, sampler, chronicle, 3 * (holdTtlMs + logGraceMs) + 60_000);
    chronicle.count("rest", "seconds until nothing was held", Math.ceil(restMs / 1_000));
    await spendWhatIsLeft(members, processes, chronicle, told, Seeded.of(seed, "last"));
    await rest(platform, sampler, chronicle, holdTtlMs + 30_000);
    await audit({ platform, members, told, chronicle, startedAtMs });
    const log = await linesOf(platform.logs(), chronicle);
    processes.letEnd();
    return { chronicle, log };
  } finally {
    await platform.close();
  }
}

type Running = Awaited<ReturnType<typeof startPlatform>>;

async function sample(sampler: Sampler, platform: Running, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    sampler.look(await readAccounts(platform));
    await wait(sampleMs, undefined, { signal: stop }).catch(() => undefined);
  }
}

/** Waits until no hold and no grant is open; what is open after `mostMs` is a violation. */
async function rest(
  platform: Running,
  sampler: Sampler,
  chronicle: Chronicle,
  mostMs: number,
): Promise<number> {
  const beganAtMs = Date.now();
  for (;;) {
    const accounts = await readAccounts(platform);
    sampler.look(accounts);
    const open = accounts.filter((account) => account.open.length > 0);
    const restedMs = Date.now() - beganAtMs;
    if (open.length === 0) {
      return restedMs;
    }
    if (restedMs > mostMs) {
      for (const { accountId, open: names } of open) {
        chronicle.violated(`${accountId} still holds after ${Math.round(restedMs / 1_000)} s.`, names);
      }
      return restedMs;
    }
    await wait(250);
  }
}

/** Whatever went wrong before, a tenant with room left is served. */
async function spendWhatIsLeft(
  members: readonly Member[],
  processes: Processes,
  chronicle: Chronicle,
  told: ToldUsage,
  random: Seeded,
): Promise<void> {
  const plan = {
    wire: "openai",
    streamed: false,
    withTool: false,
    answerTokens: 4,
    maxTokens: 8,
    model: "amazon.nova-lite-v1:0",
    leaves: undefined,
  } as const;
  for (const { id, keys } of members) {
    const params = { tenantId: id };
    const admin = processes.admin(random);
    const { rules } = await admin.readTenant({ params });
    const wide = rules.map((rule) =>
      rule.unit === "usd" ? { ...rule, amount: "1000" } : { ...rule, amount: 1_000_000_000 },
    );
    await admin.updateTenant({
      params,
      body: { monthlyCapUsd: "1000", requestsPerMinute: 1_000_000, rules: wide },
    });
    const end = await makeCall(processes.anyUrl(random) ?? "", random.pick(keys).secret, plan);
    chronicle.count("last calls", end.code ?? end.kind);
    if (end.kind !== "answered" || end.requestId === undefined || end.told === undefined) {
      chronicle.violated(`A last call of ${id} got ${end.code ?? end.kind}.`, [end.requestId ?? "unknown"]);
    } else {
      told.set(end.requestId, end.told);
    }
  }
}

/** The log lines that name a request of a violation, and a sum of all warnings and errors. */
async function linesOf(logs: Promise<string>, chronicle: Chronicle): Promise<readonly string[]> {
  const lines = (await logs).split("\n");
  for (const line of lines) {
    const level = /"level":"(warn|error|fatal)"/.exec(line)?.[1];
    if (level !== undefined) {
      chronicle.count(`logged: ${level}`, /"message":"([^"]*)"\}?$/.exec(line)?.[1] ?? "without a message");
    }
  }
  const ids = chronicle.violations.flatMap(({ requestIds }) =>
    requestIds.map((id) => id.replace(/^.*(req_\w{26}).*$/s, "$1")),
  );
  return lines.filter((line) => ids.some((id) => id.startsWith("req_") && line.includes(id))).slice(0, 100);
}
