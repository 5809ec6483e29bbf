/** `caprock start`: the whole platform on this machine, from an empty folder to one screen of addresses. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { OlderTableError } from "@caprock/aws-local";
import { loadSettings, SettingsError, startSettings, systemClock, systemRandom } from "@caprock/platform";
import { newSecret, newTokenKey, sha256Hex } from "@caprock/tenancy";
import { ensureLocalBucket, openStores } from "../composition.ts";
import { fillDemo } from "../demo/fill-demo.ts";
import { ensureLocalMemory } from "../memory/composition.ts";
import { checkNotRunning } from "./check-not-running.ts";
import { checkPorts } from "./check-ports.ts";
import { dataFolderAt, openDataFolder } from "./data-folder.ts";
import { ensureDemoTenants } from "./demo-tenants.ts";
import { localEnvironment } from "./local-environment.ts";
import { type LocalJson, readLocalJson, writeLocalJson } from "./local-json.ts";
import { RunningParts } from "./running-parts.ts";
import { startScreen } from "./screen.ts";
import { StartError } from "./start-error.ts";

export interface StartOptions {
  /** Days of made-up traffic to fill. */
  readonly demo?: number;
  readonly fresh?: boolean;
  readonly apiPort: number;
  readonly dashboardPort: number;
  readonly awsLocalPort: number;
  readonly workerPort: number;
  readonly dataFolder?: string;
}

const projectFolder = fileURLToPath(new URL("../../../../", import.meta.url));
const tablePrefix = "caprock-local";
const stopTimeoutMs = 15_000;

/** Runs until it is told to stop. Throws StartError when something is in the way; nothing is left running then. */
export async function start(options: StartOptions): Promise<void> {
  const realModel = modelIsReal();
  const folder = dataFolderAt(resolve(options.dataFolder ?? join(projectFolder, ".caprock")));
  const before = await readLocalJson(folder.localJson);
  if (before) {
    await checkNotRunning(before, folder.root);
  }
  await checkPorts([
    { port: options.apiPort, what: "API", option: "--api-port" },
    { port: options.dashboardPort, what: "dashboard", option: "--dashboard-port" },
    { port: options.awsLocalPort, what: "local AWS", option: "--aws-local-port" },
    { port: options.workerPort, what: "worker", option: "--worker-port" },
  ]);
  await openDataFolder(folder, options.fresh ?? false);

  const earlier = options.fresh ? undefined : before;
  const adminToken = earlier?.adminToken ?? newSecret(systemRandom);
  const accessKeySecret = earlier?.accessKeySecret ?? newSecret(systemRandom);
  const tokenPrivateKey = earlier?.tokenPrivateKey ?? newTokenKey();
  const url = (port: number) => `http://127.0.0.1:${port}`;
  const environment = localEnvironment(url(options.awsLocalPort));
  const parts = new RunningParts();
  const stopped = stopSignal();

  const run = (name: string, app: string, entry: string, own: Record<string, string>) =>
    parts.start({
      name,
      entry,
      folder: join(projectFolder, app),
      environment: { ...environment, ...own },
      logFile: join(folder.logs, `${name}.log`),
    });

  async function boot(): Promise<LocalJson> {
    await run("aws-local", "packages/aws-local", "src/main.ts", {
      AWS_LOCAL_PORT: String(options.awsLocalPort),
      AWS_LOCAL_DATA_DIR: folder.data,
      AWS_LOCAL_TTFT_MS: "150",
      AWS_LOCAL_TOKENS_PER_SECOND: "80",
      AWS_LOCAL_INVOCATION_LOG_BUCKET: environment.CAPROCK_INVOCATION_LOG_BUCKET ?? "",
    });
    const stores = await openStores(url(options.awsLocalPort), tablePrefix).catch((error: unknown) => {
      throw error instanceof OlderTableError
        ? new StartError(
            `${folder.root} was made by an older Caprock (${error.message}) Begin anew with --fresh, or choose another folder with --data-folder <folder>.`,
          )
        : error;
    });
    await ensureLocalBucket(url(options.awsLocalPort), environment.CAPROCK_TURN_BODIES_BUCKET ?? "");
    const memory = await ensureLocalMemory(url(options.awsLocalPort), tablePrefix);
    Object.assign(environment, {
      CAPROCK_MEMORY_ID: memory.memoryId,
      CAPROCK_MEMORY_QUEUE_URL: memory.queueUrl,
    });
    const local: LocalJson = {
      apiUrl: url(options.apiPort),
      dashboardUrl: url(options.dashboardPort),
      awsLocalUrl: url(options.awsLocalPort),
      adminToken,
      accessKeySecret,
      tokenPrivateKey,
      tenants: await ensureDemoTenants(earlier, {
        ...stores,
        clock: systemClock,
        random: systemRandom,
        actor: "caprock start",
      }),
    };
    await writeLocalJson(folder.localJson, local);
    if (options.demo) {
      await fillDemo(stores, options.demo, say);
    }
    stores.close();
    await Promise.all([
      run("api", "apps/api", "src/node.ts", {
        CAPROCK_ADMIN_TOKEN_SHA256: sha256Hex(adminToken),
        CAPROCK_ACCESS_KEY_SECRET: accessKeySecret,
        CAPROCK_TOKEN_PRIVATE_KEY: tokenPrivateKey,
        CAPROCK_API_PORT: String(options.apiPort),
        // Who tries it out sees what is remembered while they look.
        CAPROCK_INGESTION_DELAY_MS: "5000",
        // What is cut then still has time to settle.
        CAPROCK_DRAIN_TIMEOUT_MS: String(stopTimeoutMs - 6_000),
      }),
      run("worker", "apps/worker", "src/node.ts", {
        CAPROCK_WORKER_PORT: String(options.workerPort),
        CAPROCK_WORKER_INTERVAL_MS: "2000",
        CAPROCK_INVOCATION_LOG_GRACE_MS: "10000",
        CAPROCK_INVOCATION_LOG_RETRY_MS: "5000",
      }),
      run("dashboard", "apps/dashboard", "serve.mjs", {
        CAPROCK_DASHBOARD_PORT: String(options.dashboardPort),
        CAPROCK_API_URL: local.apiUrl,
      }),
    ]);
    await Promise.all(
      [`${local.apiUrl}/health`, local.dashboardUrl, `${url(options.workerPort)}/`].map(answers),
    );
    return local;
  }

  try {
    say("Starting …");
    const local = await Promise.race([boot(), stopped, parts.crashed]);
    if (local) {
      say(startScreen({ local, dataFolder: folder.data, localJson: folder.localJson, realModel }));
      await Promise.race([stopped, parts.crashed]);
    }
    say("Stopping; streams in flight may finish …");
  } finally {
    // The API goes before what it writes to.
    await parts.stop(["dashboard", "api", "worker", "aws-local"], stopTimeoutMs);
  }
}

/** Whether MODEL_URL names a server that answers in place of the simulation. Throws StartError if it is no URL. */
function modelIsReal(): boolean {
  try {
    return loadSettings(startSettings).MODEL_URL !== undefined;
  } catch (error) {
    throw error instanceof SettingsError ? new StartError(error.message) : error;
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function stopSignal(): Promise<undefined> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => resolve(undefined));
    }
  });
}

async function answers(address: string): Promise<void> {
  const response = await fetch(address);
  if (!response.ok) {
    throw new StartError(`${address} answered ${response.status}.`);
  }
  await response.body?.cancel();
}
