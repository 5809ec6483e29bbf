import { ManualClock, type Random } from "@caprock/domain";
import fc from "fast-check";
import { expect, test } from "vitest";
import { monthlyCap } from "../limits.ts";
import { MemoryAlertStore } from "../testing/memory-alert-store.ts";
import { tenantWith } from "../testing/open-stores.ts";
import { type Alert, alertIdOf } from "./alert.ts";
import type { AlertChannel } from "./alert-channel.ts";
import { AlertRaiser } from "./alert-raiser.ts";
import type { AlertRecord, AlertStore } from "./alert-store.ts";
import { deliverAlerts } from "./deliver-alerts.ts";
import { evaluateThresholds } from "./evaluate-alerts.ts";
import { reachedThresholds } from "./thresholds.ts";

const start = Date.parse("2026-11-22T12:00:00Z");
const leaseMs = 60_000;
const longestBackoffMs = 3_600_000;
const tenants = ["t000000000001", "t000000000002"].map((id) => tenantWith(id, { monthlyCapNanoUsd: 100n }));
const random: Random = { bytes: (count) => new Uint8Array(count).fill(128) };

/** Everything outside of the workers: it survives them. */
class World {
  readonly clock = new ManualClock(start);
  readonly store = new MemoryAlertStore();
  readonly settled = new Map(tenants.map(({ id }) => [id, 0n]));
  readonly recorded: string[] = [];
  readonly taken: { channel: string; id: string }[] = [];
  /** Attempts that the receiver took without the worker noting it: the answer was lost, or the worker died. */
  excuses = 0;
}

/** How an attempt to send goes: the receiver takes it and the answer arrives, is lost, or the receiver says no. */
type Sending = "taken" | "answer lost" | "refused";

class Killed extends Error {}

/** A worker process that dies before or after one of its steps, and does nothing from there on. */
class Worker {
  private steps = 0;
  private readonly raiser: AlertRaiser;
  private readonly world: World;
  private readonly diesAt: { readonly step: number; readonly after: boolean } | undefined;
  private readonly sendings: Sending[];
  private readonly yieldTo: () => Promise<void>;
  /** What was taken of this worker's sends and is not noted as delivered yet. */
  private readonly unnoted = new Set<string>();
  private isDead = false;

  constructor(
    world: World,
    diesAt: { step: number; after: boolean } | undefined,
    sendings: readonly Sending[],
    yieldTo: () => Promise<void>,
  ) {
    this.world = world;
    this.diesAt = diesAt;
    this.sendings = [...sendings];
    this.yieldTo = yieldTo;
    this.raiser = new AlertRaiser(this.store(), world.clock);
  }

  async evaluate(): Promise<void> {
    const { world } = this;
    await evaluateThresholds({
      tenants: async () => tenants,
      partsOf: async () => ({ applications: [], apiKeyIds: [] }),
      platformLimits: async () => ({ rules: [], overrides: [], timeZone: "UTC", version: 0 }),
      accounts: {
        read: (accountId) =>
          this.step(async () => {
            const tenant = tenants.find((one) => monthlyCap(one, start).accountId === accountId);
            return { settled: world.settled.get(tenant!.id)!, holds: [], grants: [] } as never;
          }),
      },
      rules: { read: async () => undefined },
      raiser: this.raiser,
      clock: world.clock,
      onFailure: onlyKilled,
    });
  }

  async deliver(): Promise<void> {
    const channels = ["sns", "webhook"].map(
      (name): AlertChannel => ({ name, send: (alert) => this.send(name, alert) }),
    );
    await deliverAlerts({
      alerts: this.store(),
      channels,
      clock: this.world.clock,
      random,
      leaseMs,
      onFailure: () => undefined,
    }).catch(onlyKilled.bind(undefined, "round"));
  }

  private send(channel: string, alert: Alert): Promise<void> {
    return this.step(async () => {
      const sending = this.sendings.shift() ?? "taken";
      if (sending === "refused") {
        throw new Error("refused");
      }
      this.world.taken.push({ channel, id: alert.id });
      if (sending === "answer lost") {
        this.world.excuses += 1;
        throw new Error("no answer");
      }
      this.unnoted.add(`${channel} ${alert.id}`);
    });
  }

  private store(): AlertStore {
    const { store, recorded } = this.world;
    return {
      record: (alert) =>
        this.step(async () => {
          const isNew = await store.record(alert);
          if (isNew) {
            recorded.push(alert.id);
          }
          return isNew;
        }),
      read: (id) => this.step(() => store.read(id)),
      due: (nowMs, limit) => this.step(() => store.due(nowMs, limit)),
      advance: (record, progress) =>
        this.step(async () => {
          const next = await store.advance(record, progress);
          for (const [channel, { state }] of Object.entries(next?.deliveries ?? {})) {
            if (state === "delivered") {
              this.unnoted.delete(`${channel} ${record.id}`);
            }
          }
          return next;
        }),
      list: (wanted) => store.list(wanted),
    };
  }

  private async step<T>(effect: () => Promise<T>): Promise<T> {
    await this.yieldTo();
    const number = this.steps;
    this.steps += 1;
    const dies = this.diesAt;
    if (dies && (number > dies.step || (number === dies.step && !dies.after))) {
      throw this.die();
    }
    const result = await effect();
    if (dies && number === dies.step) {
      throw this.die();
    }
    return result;
  }

  private die(): Killed {
    if (!this.isDead) {
      this.isDead = true;
      this.world.excuses += this.unnoted.size;
    }
    return new Killed();
  }
}

function onlyKilled(_what: string, error: unknown): void {
  if (!(error instanceof Killed)) {
    throw error;
  }
}

const dies = fc.option(fc.record({ step: fc.nat(40), after: fc.boolean() }), { nil: undefined });
const sendings = fc.array(fc.constantFrom<Sending>("taken", "answer lost", "refused"), { maxLength: 6 });
const round = fc.record({
  spend: fc.array(fc.tuple(fc.nat(tenants.length - 1), fc.bigInt(0n, 60n)), { maxLength: 3 }),
  workers: fc.array(fc.record({ dies, sendings, deliversFirst: fc.boolean() }), {
    minLength: 1,
    maxLength: 2,
  }),
  passesMs: fc.constantFrom(0, 1_000, leaseMs, longestBackoffMs),
});

test("over all orders, restarts and crashes of two workers each alert is raised once and delivered", {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(round, { minLength: 1, maxLength: 6 }),
      async (scheduler, rounds) => {
        const world = new World();
        const yieldTo = () => scheduler.schedule(Promise.resolve());
        for (const { spend, workers, passesMs } of rounds) {
          for (const [index, amount] of spend) {
            const { id } = tenants[index]!;
            world.settled.set(id, world.settled.get(id)! + amount);
          }
          const running = workers.map(async (plan) => {
            const worker = new Worker(world, plan.dies, plan.sendings, yieldTo);
            const work = [() => worker.evaluate(), () => worker.deliver()];
            for (const next of plan.deliversFirst ? work.toReversed() : work) {
              await next();
            }
          });
          await scheduler.waitFor(Promise.all(running));
          world.clock.advance(passesMs);
        }
        // A worker that comes back after everything finishes what the others left.
        for (let last = 0; last < 2; last += 1) {
          world.clock.advance(longestBackoffMs + leaseMs);
          const worker = new Worker(world, undefined, [], async () => undefined);
          await worker.evaluate();
          await worker.deliver();
        }
        const expected = tenants.flatMap((tenant) =>
          reachedThresholds(
            monthlyCap(tenant, start),
            { settled: world.settled.get(tenant.id)!, holds: [], grants: [] },
            { percents: [80, 100], counting: "settled", limits: "monthly-cap" },
          ).map(alertIdOf),
        );
        // Raised: exactly those, each by one conditional write.
        expect(world.recorded.toSorted()).toEqual(expected.toSorted());
        // Delivered: each on each channel; repeats only where a process died or an answer was lost.
        for (const channel of ["sns", "webhook"]) {
          const ids = world.taken.filter((one) => one.channel === channel).map(({ id }) => id);
          expect([...new Set(ids)].toSorted()).toEqual(expected.toSorted());
        }
        expect(world.taken.length).toBeLessThanOrEqual(expected.length * 2 + world.excuses);
        for (const record of world.store.records.values()) {
          expect(isDone(record)).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});

function isDone({ deliveries, deliverAtMs }: AlertRecord): boolean {
  return deliverAtMs === undefined && Object.values(deliveries).every(({ state }) => state === "delivered");
}

test("a worker that is killed between recording and sending sends when it is back, once", async () => {
  const world = new World();
  world.settled.set(tenants[0]!.id, 80n);
  const atOnce = async () => undefined;
  const killed = new Worker(world, undefined, [], atOnce);
  await killed.evaluate();
  expect(world.recorded).toHaveLength(1);
  const back = new Worker(world, undefined, [], atOnce);
  await back.evaluate();
  await back.deliver();
  await back.deliver();
  await new Worker(world, undefined, [], atOnce).deliver();
  expect(world.taken.map(({ channel }) => channel).toSorted()).toEqual(["sns", "webhook"]);
});

test("without any failure two workers at once send each alert once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), async (scheduler) => {
      const world = new World();
      world.settled.set(tenants[0]!.id, 100n);
      const yieldTo = () => scheduler.schedule(Promise.resolve());
      const running = [1, 2].map(async () => {
        const worker = new Worker(world, undefined, [], yieldTo);
        await worker.evaluate();
        await worker.deliver();
      });
      await scheduler.waitFor(Promise.all(running));
      await new Worker(world, undefined, [], async () => undefined).deliver();
      expect(world.taken).toHaveLength(4);
    }),
    { numRuns: 100 },
  );
});
