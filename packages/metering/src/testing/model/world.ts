/**
 * For the model check: processes that share accounts and a ledger, and everything that may happen to them, one step
 * at a time, as a tape of choices has it.
 */
import { type Clock, newRequestId, type PlatformLimits, type Random, type Tenant } from "@caprock/domain";
import type { Admission } from "../../admission.ts";
import { tenantLimits } from "../../limits.ts";
import { resolveHolds } from "../../resolve-holds.ts";
import { MemoryAccountStore } from "../memory-account-store.ts";
import { MemoryGrantNotes } from "../memory-grant-notes.ts";
import { MemoryLedgerStore } from "../memory-ledger-store.ts";
import { audit, refusalFaults, settledOtherwise } from "./audit.ts";
import { Books } from "./books.ts";
import { chosenLimits, chosenRequest, editedTenant } from "./choices.ts";
import { Crossroads, type Ending, settled } from "./crossroads.ts";
import { expectLastCentSpendable } from "./last-cent.ts";
import {
  ScheduledAccounts,
  ScheduledLedger,
  ScheduledLog,
  ScheduledNotes,
  type Stop,
} from "./scheduled-stores.ts";
import { expectNothingReleased } from "./silent-log.ts";
import {
  type AdmissionOf,
  type Call,
  entryOf,
  graceMs,
  holdTtlMs,
  invocationOf,
  logDelaysMs,
  longestCallMs,
  type Process,
  type SimulatedParts,
  skewsMs,
  startMs,
} from "./simulated.ts";
import { SimulatedLog } from "./simulated-log.ts";
import type { Tape } from "./tape.ts";

const faults: readonly Ending[] = ["lost", "answer lost", "late"];
const maxSteps = 20_000;

const atOnce: Stop = (apply) => apply();

export class World {
  private readonly tape: Tape;
  private readonly admissionOf: AdmissionOf;
  private readonly crossroads = new Crossroads();
  private readonly accounts = new MemoryAccountStore();
  private readonly ledger = new MemoryLedgerStore();
  private readonly grantNotes = new MemoryGrantNotes();
  private readonly books = new Books(this.accounts, this.ledger);
  private readonly log: SimulatedLog;
  private readonly calls: Call[] = [];
  private readonly platform: PlatformLimits;
  private readonly hasLog: boolean;
  private readonly logDies: boolean;
  /** One step in so many goes wrong; 0 when none does. */
  private readonly oneFaultIn: number;
  private readonly failures: string[] = [];
  private processes: Process[] = [];
  private tenant: Tenant;
  private nowMs = startMs;
  private randomCount = 0;
  private sweeps = 0;
  private readonly random: Random = {
    bytes: (count) => {
      this.randomCount += 1;
      const bytes = new Uint8Array(count);
      new DataView(bytes.buffer).setUint32(count - 4, this.randomCount);
      return bytes;
    },
  };

  constructor(tape: Tape, admissionOf: AdmissionOf) {
    this.tape = tape;
    this.admissionOf = admissionOf;
    const processCount = 1 + tape.next(4);
    const [logIs, aliveMs] = tape.split(8, 2_000_000);
    this.hasLog = logIs !== 7;
    this.logDies = logIs === 6;
    const diesAtMs = this.logDies ? startMs + aliveMs : Number.POSITIVE_INFINITY;
    this.log = new SimulatedLog(() => this.nowMs, diesAtMs);
    this.oneFaultIn = [0, 30, 8][tape.next(3)] ?? 0;
    ({ tenant: this.tenant, platform: this.platform } = chosenLimits(tape));
    for (let count = 0; count < processCount; count += 1) {
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
    const { accounts, ledger, hasLog, tenant, platform, nowMs } = this;
    if (this.logDies) {
      expectNothingReleased(this.calls, { accounts, ledger });
      this.books.check();
      return;
    }
    audit(this.calls, { accounts, ledger, hasLog });
    const atRest = { accounts, tenant, platform, random: this.random, arrivedAtMs: startMs, nowMs };
    await expectLastCentSpendable(this.lastAdmission(), atRest);
    this.books.check();
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
    const simulated = { name, skewMs };
    const admission = this.admissionOf(simulated, this.partsOf(clock, stop, rounds));
    this.processes.push(
      Object.assign(owner, { skewMs, clock, stop, admission, rounds, tenant: this.tenant }),
    );
  }

  private ask(): void {
    const process = this.tape.pick(this.processes);
    if (!process) {
      return;
    }
    const { clock } = process;
    const requestId = newRequestId(clock, this.random);
    const request = chosenRequest(this.tape, { requestId, tenant: process.tenant, platform: this.platform });
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
          this.failures.push(...refusalFaults(call, nowMs, this.accounts, this.books));
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

  /** A call of a live process ends: served, cut, lost sight of, or never begun. */
  private end(call = this.tape.pick(this.calls.filter(({ state }) => state === "admitted"))): void {
    if (!call?.reservation) {
      return;
    }
    call.state = "ended";
    const { process, reservation } = call;
    const { requestId, worstCaseTokens } = call.request;
    const delayCount = logDelaysMs.length;
    const counts = [10, worstCaseTokens, worstCaseTokens, delayCount, delayCount + 1] as const;
    const [chosen, used, over, delay, again] = this.tape.split(...counts);
    const how = this.nowMs - call.startedAtMs > longestCallMs ? 9 : chosen;
    if (how >= 8) {
      process.admission.release(reservation).catch(this.note);
    } else if (how === 7) {
      process.admission.leaveUnresolved(reservation).catch(this.note);
    } else {
      const tokens = 1 + used;
      call.ranTokens = tokens;
      // What is logged may be delivered twice.
      const delays = [logDelaysMs[delay], logDelaysMs[again]].filter((delayMs) => delayMs !== undefined);
      this.log.add(invocationOf(call, tokens), delays);
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

  /** A settlement is repeated, maybe while it is under way. */
  private settleAgain(): void {
    const call = this.tape.pick(this.calls.filter(({ entry, process }) => entry && this.isAlive(process)));
    if (call?.entry && call.reservation && call.reservation.grantId === undefined) {
      const again = settledOtherwise(call.entry, this.ledger);
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
    this.tenant = editedTenant(this.tape, this.tenant, this.nowMs);
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
      await this.resolve(0, atOnce, (what) => this.failures.push(`${what} could not be swept.`));
      this.watch();
    }
  }

  private partsOf(clock: Clock, stop: Stop, rounds: Set<() => Promise<void>>): SimulatedParts {
    return {
      accounts: new ScheduledAccounts(this.accounts, stop),
      ledger: new ScheduledLedger(this.ledger, stop),
      notes: new ScheduledNotes(this.grantNotes, stop),
      clock,
      random: this.random,
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
  }

  private lastAdmission(): Admission {
    const clock = { now: () => this.nowMs };
    return this.admissionOf({ name: "the last", skewMs: 0 }, this.partsOf(clock, atOnce, new Set()));
  }

  /** What fails for want of an answer is mended later, or found at the end. */
  private readonly note = (): void => undefined;
}
