/**
 * For the model check: processes that share accounts and a ledger, and everything that may happen to them, one step
 * at a time, as a tape of choices has it.
 */
import {
  type Clock,
  type LimitOverride,
  newRequestId,
  noTokens,
  type PlatformLimits,
  type Random,
  type RequestId,
  type Tenant,
} from "@caprock/domain";
import type { AccountStore } from "../../account-store.ts";
import {
  type Admission,
  type AdmissionRequest,
  type Reservation,
  usedOf,
  type WorstCaseUse,
} from "../../admission.ts";
import type { GrantNotes } from "../../grants/grant-notes.ts";
import type { LoggedInvocation } from "../../invocation-log.ts";
import type { LedgerEntry, LedgerStore } from "../../ledger-store.ts";
import { limitsOf, tenantLimits } from "../../limits.ts";
import { resolveHolds } from "../../resolve-holds.ts";
import { wantedAmounts } from "../../wanted-amounts.ts";
import { ledgerEntry } from "../ledger-entry.ts";
import { MemoryAccountStore } from "../memory-account-store.ts";
import { MemoryGrantNotes } from "../memory-grant-notes.ts";
import { MemoryLedgerStore } from "../memory-ledger-store.ts";
import { tenantWith } from "../tenant-with.ts";
import { Books } from "./books.ts";
import { Crossroads, type Ending, settled } from "./crossroads.ts";
import {
  ScheduledAccounts,
  ScheduledLedger,
  ScheduledLog,
  ScheduledNotes,
  type Stop,
} from "./scheduled-stores.ts";
import { SimulatedLog } from "./simulated-log.ts";
import type { Tape } from "./tape.ts";

/** What an admission of a simulated process is made of. */
export interface SimulatedParts {
  readonly accounts: AccountStore;
  readonly ledger: LedgerStore;
  readonly notes: GrantNotes;
  readonly clock: Clock;
  readonly random: Random;
  readonly holdTtlMs: number;
  readonly resolvesLater: boolean;
  readonly pause: (durationMs: number) => Promise<void>;
  readonly repeat: (work: () => Promise<void>) => () => void;
  readonly onFailure: () => void;
}

export interface SimulatedProcess {
  readonly name: string;
  /** Milliseconds that its clock is ahead of Bedrock's. */
  readonly skewMs: number;
}

/** Makes the admission of a process. */
export type AdmissionOf = (process: SimulatedProcess, parts: SimulatedParts) => Admission;

interface Process extends SimulatedProcess {
  readonly clock: Clock;
  readonly stop: Stop;
  readonly admission: Admission;
  readonly rounds: Set<() => Promise<void>>;
  /** The tenant as this process read it last. */
  tenant: Tenant;
}

interface Call {
  readonly process: Process;
  readonly request: AdmissionRequest;
  readonly startedAtMs: number;
  /** The last check of the books before it asked. */
  readonly askedAtCheck: number;
  state: "asking" | "admitted" | "ended" | "gone";
  reservation?: Reservation;
  /** What Bedrock served of it. */
  ranTokens?: number;
  entry?: LedgerEntry;
  atMost?: WorstCaseUse;
}

/** Shortly before a minute, an hour, a day and a month end; for some clocks they are over. */
const startMs = Date.parse("2026-11-30T23:58:30Z");
const holdTtlMs = 600_000;
const graceMs = 600_000;
const skewsMs = [0, 120_000, -120_000, 1, -60_000];
const logDelaysMs = [0, 60_000, 180_000];
/** As in turn: longer a call may not take. */
const longestCallMs = holdTtlMs * 0.75;
const faults: readonly Ending[] = ["lost", "answer lost", "late"];
const maxSteps = 20_000;

export class World {
  private readonly tape: Tape;
  private readonly admissionOf: AdmissionOf;
  private readonly crossroads = new Crossroads();
  private readonly accounts = new MemoryAccountStore();
  private readonly ledger = new MemoryLedgerStore();
  private readonly grantNotes = new MemoryGrantNotes();
  private readonly books = new Books(this.accounts, this.ledger);
  private readonly log = new SimulatedLog(() => this.nowMs);
  private readonly calls: Call[] = [];
  private readonly platform: PlatformLimits;
  private readonly hasLog: boolean;
  /** One step in so many goes wrong; 0 when none does. */
  private readonly oneFaultIn: number;
  private readonly processCount: number;
  private readonly failures: string[] = [];
  private processes: Process[] = [];
  private tenant: Tenant;
  private nowMs = startMs;
  private randomCount = 0;
  private sweeps = 0;

  constructor(tape: Tape, admissionOf: AdmissionOf) {
    this.tape = tape;
    this.admissionOf = admissionOf;
    this.processCount = 1 + tape.next(4);
    this.hasLog = tape.next(6) < 5;
    this.oneFaultIn = [0, 30, 8][tape.next(3)] ?? 0;
    const kinds = tape.next(16) & tape.next(16);
    this.tenant = tenantWith("t000000000001", {
      monthlyCapNanoUsd: [100n, 40n, 1_000n, 400n][tape.next(4)] ?? 100n,
      requestsPerMinute: [1_000, 4][tape.next(2)] ?? 1_000,
      overBudget: { kind: tape.next(4) === 3 ? "throttle" : "refuse" },
      rules: [
        ...(kinds & 1
          ? [{ id: "a", scope: "key", unit: "tokens", window: "day", amount: 60n } as const]
          : []),
        ...(kinds & 2 ? [{ id: "b", scope: "tenant", unit: "concurrency", amount: 3n } as const] : []),
        ...(kinds & 4
          ? [
              {
                id: "c",
                scope: "application",
                of: "chat",
                unit: "nanoUsd",
                window: "week",
                amount: 70n,
              } as const,
            ]
          : []),
      ],
    });
    this.platform = {
      rules: kinds & 8 ? [{ id: "d", scope: "model", unit: "tokens", window: "day", amount: 90n }] : [],
      overrides: [],
      timeZone: "UTC",
      version: 1,
    };
    for (let count = 0; count < this.processCount; count += 1) {
      this.startProcess();
    }
  }

  /** Plays the tape, lets everything come to rest, and holds the books against what ran. Throws what is not true. */
  async play(): Promise<void> {
    while (!this.tape.isOver) {
      const [chance, index, fault, kind] = this.tape.split(100, 12, this.oneFaultIn || 1, 3);
      if (this.crossroads.count > 0 && chance < 70) {
        const ending = this.oneFaultIn > 0 && fault === 0 ? faults[kind] : "answered";
        await this.crossroads.let(index % this.crossroads.count, ending ?? "answered");
      } else {
        this.act();
        await settled();
      }
      this.watch();
    }
    await this.drain();
    await this.stopAll();
    await this.sweepAll();
    this.audit();
    await this.expectLastCentSpendable();
    if (this.failures.length > 0) {
      throw new Error(this.failures.join("\n"));
    }
  }

  /** Something begins, or the world changes. */
  private act(): void {
    const [action, times] = this.tape.split(32, 4);
    if (action < 10) {
      // Calls come in bursts.
      for (let time = 0; time <= times; time += 1) {
        this.ask();
      }
    } else if (action < 18) {
      for (let time = 0; time <= times; time += 1) {
        this.end();
      }
    } else if (action < 19) {
      this.settleAgain();
    } else if (action < 21) {
      this.sweep();
    } else if (action < 23) {
      this.extend();
    } else if (action < 25) {
      for (const round of this.tape.pick(this.processes)?.rounds ?? []) {
        round().catch(this.note);
      }
    } else if (action < 27) {
      this.edit();
    } else if (action < 28) {
      const process = this.tape.pick(this.processes);
      if (process) {
        process.tenant = this.tenant;
      }
    } else if (action < 31) {
      this.nowMs += [1_000, 20_000, 130_000, holdTtlMs + 1][this.tape.next(4)] ?? 0;
    } else if (this.oneFaultIn > 0) {
      this.crash();
    }
  }

  private startProcess(): void {
    const skewMs = skewsMs[this.tape.next(skewsMs.length)] ?? 0;
    const name = `process ${this.processes.length}`;
    const clock = { now: () => this.nowMs + skewMs };
    const rounds = new Set<() => Promise<void>>();
    const owner = { name };
    const stop: Stop = (apply) => this.crossroads.stop(owner, apply);
    const parts: SimulatedParts = {
      accounts: new ScheduledAccounts(this.accounts, stop),
      ledger: new ScheduledLedger(this.ledger, stop),
      notes: new ScheduledNotes(this.grantNotes, stop),
      clock,
      random: { bytes: (count) => this.randomBytes(count) },
      holdTtlMs,
      resolvesLater: this.hasLog,
      pause: (durationMs) =>
        stop(async () => {
          this.nowMs += durationMs;
        }).catch(() => undefined),
      repeat: (work) => {
        rounds.add(work);
        return () => rounds.delete(work);
      },
      onFailure: () => undefined,
    };
    const simulated = { name, skewMs };
    const admission = this.admissionOf(simulated, parts);
    this.processes.push(
      Object.assign(owner, { skewMs, clock, stop, admission, rounds, tenant: this.tenant }),
    );
  }

  private randomBytes(count: number): Uint8Array {
    this.randomCount += 1;
    const bytes = new Uint8Array(count);
    new DataView(bytes.buffer).setUint32(count - 4, this.randomCount);
    return bytes;
  }

  private ask(): void {
    const [which, size, key, app, more] = this.tape.split(12, 4, 3, 2, 4);
    const process = this.processes[which % this.processes.length];
    if (!process) {
      return;
    }
    const { clock, tenant } = process;
    const requestId = newRequestId(clock, { bytes: (count) => this.randomBytes(count) });
    const worst = [5, 12, 30, 1][size] ?? 5;
    const request: AdmissionRequest = {
      requestId,
      tenant,
      platform: this.platform,
      apiKeyId: key === 2 ? "k000000000002" : "k000000000001",
      application: app === 1 ? "chat" : "default",
      modelId: "vendor.model",
      worstCaseNanoUsd: BigInt(worst),
      worstCaseTokens: worst,
      ...(more === 3 ? { extends: true } : {}),
    };
    const call: Call = {
      process,
      request,
      askedAtCheck: this.books.checked,
      startedAtMs: this.nowMs,
      state: "asking",
    };
    this.calls.push(call);
    const nowMs = clock.now();
    process.admission.reserve(request).then(
      (result) => {
        if ("refused" in result) {
          call.state = "gone";
          this.judgeRefusal(call, nowMs);
        } else {
          call.state = "admitted";
          call.reservation = result;
        }
      },
      () => {
        call.state = "gone";
      },
    );
  }

  private judgeRefusal({ request, askedAtCheck }: Call, nowMs: number): void {
    this.books.check();
    const left = this.accounts
      .all()
      .flatMap(({ holds }) => holds)
      .filter((hold) => hold.requestId === request.requestId);
    if (left.length > 0) {
      this.failures.push(`${request.requestId} was refused, and still holds.`);
    }
    const wanted = wantedAmounts(request, limitsOf({ ...request, arrivedAtMs: nowMs, nowMs }));
    if (wanted.every(({ limit, amount }) => this.books.leastAvailable(limit, askedAtCheck) >= amount)) {
      this.failures.push(`${request.requestId} was refused although every account had enough throughout.`);
    }
  }

  /** A call of a live process ends: served, cut, lost sight of, or never begun. */
  private end(call = this.tape.pick(this.calls.filter(({ state }) => state === "admitted"))): void {
    if (!call?.reservation) {
      return;
    }
    call.state = "ended";
    const { process, reservation } = call;
    const { requestId, worstCaseTokens } = call.request;
    const [chosen, used, over, delay] = this.tape.split(
      10,
      worstCaseTokens,
      worstCaseTokens,
      logDelaysMs.length,
    );
    const how = this.nowMs - call.startedAtMs > longestCallMs ? 9 : chosen;
    if (how >= 8) {
      process.admission.release(reservation).catch(this.note);
    } else if (how === 7) {
      process.admission.leaveUnresolved(reservation).catch(this.note);
    } else {
      const tokens = 1 + used;
      call.ranTokens = tokens;
      this.log.add(this.invocation(call, tokens), logDelaysMs[delay] ?? 0);
      if (how === 6) {
        process.admission.leaveUnresolved(reservation).catch(this.note);
        return;
      }
      // An estimate may be more or less than what was used; what is known for sure is the most that was.
      const estimated = how >= 4;
      const told = estimated ? 1 + over : tokens;
      const most = Math.max(told, tokens);
      call.entry = { ...entryOf(requestId, call.request, told), estimated, settledAtMs: process.clock.now() };
      call.atMost = { worstCaseNanoUsd: BigInt(most), worstCaseTokens: most };
      process.admission.settle(reservation, call.entry, call.atMost).catch(this.note);
    }
  }

  private invocation({ request, reservation }: Call, tokens: number): LoggedInvocation {
    const { requestId, tenant, apiKeyId, application } = request;
    return {
      requestId,
      tenantId: tenant.id,
      apiKeyId,
      application,
      wire: "test",
      invokedId: "vendor.model",
      serviceTier: "default",
      usage: { ...noTokens, input: tokens },
      ...(reservation?.grantId === undefined ? {} : { grantId: reservation.grantId }),
    };
  }

  /** A settlement is repeated, maybe while it is under way. */
  private settleAgain(): void {
    const call = this.tape.pick(this.calls.filter(({ entry, process }) => entry && this.isAlive(process)));
    if (call?.entry && call.reservation && call.reservation.grantId === undefined) {
      // Once there is an entry, what a repetition says does not matter.
      const { requestId } = call.request;
      const isBooked = this.ledger.all().some((entry) => entry.requestId === requestId);
      const again = isBooked ? { ...call.entry, costNanoUsd: call.entry.costNanoUsd + 3n } : call.entry;
      call.process.admission.settle(call.reservation, again, call.atMost).catch(this.note);
    }
  }

  private extend(): void {
    const open = this.calls.filter(({ state, request }) => state === "admitted" && request.extends);
    const call = this.tape.pick(open);
    if (!call?.reservation || this.nowMs - call.startedAtMs > longestCallMs) {
      return;
    }
    const worst = call.request.worstCaseTokens + 1 + this.tape.next(8);
    call.state = "asking";
    const upTo = { worstCaseNanoUsd: BigInt(worst), worstCaseTokens: worst };
    call.process.admission.extend(call.reservation, upTo).then(({ reservation, refused }) => {
      call.reservation = reservation;
      call.state = "admitted";
      if (!refused) {
        Object.assign(call.request, upTo);
      }
    }, this.note);
  }

  /** An operator changes the cap, or lets it be another for a while. */
  private edit(): void {
    const { limits } = this.tenant;
    const amount = BigInt([20, 60, 120, 45][this.tape.next(4)] ?? 60);
    const fromMs = this.nowMs + ([0, 30_000][this.tape.next(2)] ?? 0);
    const override: LimitOverride = {
      id: `o${this.tenant.limits.version}`,
      limitId: "monthly-cap",
      amount,
      fromMs,
      untilMs: fromMs + 90_000,
      author: "operator",
      reason: "test",
    };
    const change =
      this.tape.next(2) === 0
        ? { monthlyCapNanoUsd: amount }
        : { overrides: [...limits.overrides.slice(-1), override] };
    this.tenant = { ...this.tenant, limits: { ...limits, ...change, version: limits.version + 1 } };
    const stop: Stop = (apply) => this.crossroads.stop(this, apply);
    const operator = new ScheduledAccounts(this.accounts, stop);
    for (const limit of tenantLimits(this.tenant, this.nowMs)) {
      operator.applyLimit(limit).catch(this.note);
    }
  }

  /** Two may run at once. */
  private sweep(): void {
    if (this.sweeps < 2) {
      this.sweeps += 1;
      const skewMs = skewsMs[this.tape.next(skewsMs.length)] ?? 0;
      const owner = {};
      this.resolve(skewMs, (apply) => this.crossroads.stop(owner, apply)).finally(() => {
        this.sweeps -= 1;
      });
    }
  }

  private async resolve(skewMs: number, stop: Stop, onFailure: (what: string) => void = () => undefined) {
    await resolveHolds({
      accounts: new ScheduledAccounts(this.accounts, stop),
      ledger: new ScheduledLedger(this.ledger, stop),
      notes: new ScheduledNotes(this.grantNotes, stop),
      clock: { now: () => this.nowMs + skewMs },
      invocationLog: this.hasLog ? new ScheduledLog(this.log, stop) : undefined,
      receiptOf: async ({ requestId, usage }, status) => {
        const call = this.calls.find(({ request }) => request.requestId === requestId);
        return call && { ...entryOf(requestId, call.request, usage.input), status };
      },
      tenantIds: async () => [this.tenant.id],
      graceMs,
      retryMs: 5_000,
      onFailure,
    }).catch(this.note);
  }

  /** A process dies with all it was about to do; another takes its place. */
  private crash(process = this.tape.pick(this.processes)): void {
    if (process) {
      this.processes = this.processes.filter((one) => one !== process);
      this.crossroads.crash(process, () => this.tape.next(2) === 1);
      for (const call of this.calls.filter((one) => one.process === process)) {
        call.state = "gone";
      }
      this.startProcess();
    }
  }

  private isAlive(process: Process): boolean {
    return this.processes.includes(process);
  }

  private watch(): void {
    this.books.check();
    if (this.failures.length > 0) {
      throw new Error(this.failures.join("\n"));
    }
  }

  /** Lets everything on that waits, the oldest first, without faults. */
  private async drain(): Promise<void> {
    for (let step = 0; this.crossroads.count > 0; step += 1) {
      if (step > maxSteps) {
        throw new Error("It does not come to rest.");
      }
      await this.crossroads.let(0, "answered");
      this.watch();
    }
  }

  /** Half of the processes stop as they should, when their calls have ended; the others die. */
  private async stopAll(): Promise<void> {
    for (const process of [...this.processes]) {
      if (process.name.length % 2 === 0 || this.randomCount % 2 === 0) {
        for (const call of this.calls.filter((one) => one.process === process && one.state === "admitted")) {
          this.end(call);
          await settled();
        }
        await this.drain();
        process.admission.close().catch(this.note);
        await settled();
        await this.drain();
      } else {
        this.crossroads.crash(process, () => false);
      }
    }
    this.processes = [];
  }

  private async sweepAll(): Promise<void> {
    for (const waitMs of [holdTtlMs + 240_001, graceMs + 240_001, 4_000_000, 4_000_000, 4_000_000]) {
      this.nowMs += waitMs;
      await this.resolve(
        0,
        (apply) => apply(),
        (what) => this.failures.push(`${what} could not be swept.`),
      );
      this.watch();
    }
  }

  /** The ledger is what ran, each once; the accounts are the ledger; nothing is held that is known. */
  private audit(): void {
    const entries = new Map(this.ledger.all().map((entry) => [entry.requestId, entry]));
    if (entries.size !== this.ledger.all().length) {
      throw new Error("A request has two entries.");
    }
    for (const { request, ranTokens } of this.calls) {
      const entry = entries.get(request.requestId);
      const isTrue = entry?.usage.input === ranTokens && !entry?.estimated;
      if (this.hasLog ? !isTrue : entry !== undefined && ranTokens === undefined) {
        throw new Error(`${request.requestId} ran ${ranTokens}, and is booked as ${entry?.usage.input}.`);
      }
    }
    for (const account of this.accounts.all()) {
      const { accountId, unit, window, holds, grants } = account;
      const counted = this.calls.filter(({ reservation }) =>
        reservation?.holds.some((held) => held.accountId === accountId),
      );
      const isByGrant = counted.some(({ reservation }) => reservation?.grantId !== undefined);
      const booked = counted
        .flatMap(({ request }) => entries.get(request.requestId) ?? [])
        .reduce((sum, entry) => sum + usedOf(unit, entry), 0n);
      // A request whose call died counts, whether it ran or not; a dead process's grant on a minute that is over does not.
      const least = window?.kind === "minute" && isByGrant ? 0n : booked;
      const most = unit === "requests" ? BigInt(this.calls.length) : booked;
      if (account.settled < least || account.settled > most) {
        throw new Error(`${accountId} has ${account.settled} settled, and its entries say ${booked}.`);
      }
      const stuck = holds.filter(
        ({ requestId, state }) => this.hasLog || state === "held" || entries.has(requestId),
      );
      if (stuck.length > 0 || grants.length > 0) {
        throw new Error(`${accountId} still has ${[...stuck, ...grants].length} open.`);
      }
    }
  }

  /** After all that, a call that needs exactly what is left is let through. */
  private async expectLastCentSpendable(): Promise<void> {
    const admission = this.admissionOf(
      { name: "the last", skewMs: 0 },
      {
        accounts: this.accounts,
        ledger: this.ledger,
        notes: this.grantNotes,
        clock: { now: () => this.nowMs },
        random: { bytes: (count) => this.randomBytes(count) },
        holdTtlMs,
        resolvesLater: this.hasLog,
        pause: async () => undefined,
        repeat: () => () => undefined,
        onFailure: () => undefined,
      },
    );
    const requestId: RequestId = newRequestId(
      { now: () => startMs },
      { bytes: (count) => this.randomBytes(count) },
    );
    const call = {
      requestId,
      tenant: this.tenant,
      platform: this.platform,
      apiKeyId: "k000000000001",
      application: "chat",
      modelId: "vendor.model",
    };
    const limits = limitsOf({ ...call, arrivedAtMs: startMs, nowMs: this.nowMs });
    await Promise.all(limits.map((limit) => this.accounts.applyLimit(limit)));
    const left = limits
      .filter(({ unit }) => unit === "nanoUsd" || unit === "tokens")
      .map(
        ({ accountId, amount }) =>
          this.accounts.all().find((one) => one.accountId === accountId)?.available ?? amount,
      )
      .reduce(smaller);
    if (left <= 0n) {
      return;
    }
    const request = { ...call, worstCaseNanoUsd: left, worstCaseTokens: Number(left) };
    if ("refused" in (await admission.reserve(request))) {
      throw new Error(`A call that needs the ${left} that are left was refused.`);
    }
    this.books.check();
  }

  /** What fails for want of an answer is mended later, or found at the end. */
  private readonly note = (): void => undefined;
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) {
    return a;
  }
  return b;
}

/** One nano-USD a token. */
function entryOf(
  requestId: RequestId,
  { tenant, apiKeyId, application, modelId }: AdmissionRequest,
  tokens: number,
) {
  return ledgerEntry(tenant.id, requestId, {
    apiKeyId,
    application,
    modelId,
    usage: { ...noTokens, input: tokens },
    costNanoUsd: BigInt(tokens),
    listCostNanoUsd: BigInt(tokens),
  });
}
