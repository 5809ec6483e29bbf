/** The processes of a run: killed without warning, and started again at once. */
import { type AdminClient, createAdminClient } from "@caprock/contract";
import type { Child } from "../../platform/child.ts";
import type { Api, Platform } from "../../platform/start-platform.ts";
import type { Chronicle } from "./chronicle.ts";
import type { Seeded } from "./seeded.ts";

/** Far longer than an admin's change may take. */
const longestChangeMs = 90_000;

export class Processes {
  private readonly platform: Platform;
  private readonly chronicle: Chronicle;
  private readonly apis: Api[];
  private worker: Child;
  private readonly killed = new Set<Child>();
  private readonly starting = new Set<Promise<unknown>>();
  private closing = false;

  constructor(platform: Platform, worker: Child, chronicle: Chronicle) {
    this.platform = platform;
    this.chronicle = chronicle;
    this.apis = [...platform.apis];
    this.worker = worker;
    for (const child of [...this.apis, worker]) {
      this.watch(child);
    }
  }

  /** One that is up; undefined while none is. */
  anyUrl(random: Seeded): string | undefined {
    return this.apis.length === 0 ? undefined : random.pick(this.apis).url;
  }

  admin(random: Seeded): AdminClient {
    return createAdminClient({
      baseUrl: this.anyUrl(random) ?? "",
      token: this.platform.adminToken,
      fetch: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(longestChangeMs) }),
    });
  }

  /** Kills an API process, if another is up, and starts one in its place. */
  killApi(random: Seeded): void {
    if (this.apis.length < 2) {
      return;
    }
    const victim = random.pick(this.apis);
    this.apis.splice(this.apis.indexOf(victim), 1);
    this.kill(victim, "api");
    this.start("api", async () => {
      const api = await this.platform.startApi();
      this.watch(api);
      this.apis.push(api);
    });
  }

  killWorker(): void {
    if (this.killed.has(this.worker)) {
      return;
    }
    this.kill(this.worker, "worker");
    this.start("worker", async () => {
      this.worker = await this.platform.startWorker();
      this.watch(this.worker);
    });
  }

  /** Resolves when every process that was killed has been started again. */
  async allUp(): Promise<void> {
    await Promise.all(this.starting);
  }

  /** From now on a process may end. */
  letEnd(): void {
    this.closing = true;
  }

  private kill(child: Child, app: string): void {
    this.killed.add(child);
    child.signal("SIGKILL");
    this.chronicle.count("kills", app);
  }

  private start(app: string, work: () => Promise<void>): void {
    const started = work()
      .catch((error: unknown) => this.chronicle.violated(`The ${app} did not start again: ${String(error)}`))
      .finally(() => this.starting.delete(started));
    this.starting.add(started);
  }

  private watch(child: Child): void {
    void child.ended.then(async (end) => {
      if (!this.killed.has(child) && !this.closing) {
        const log = await child.log();
        this.chronicle.violated(`A process ended by itself, with ${end}:\n${log.slice(-2_000)}`);
      }
    });
  }
}
