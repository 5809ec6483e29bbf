/** Finds the deployment to verify: the one that runs on this machine, or one on AWS that the options name. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { loadSettings, SettingsError, type WorkerSettings, workerSettings } from "@caprock/platform";
import { dataFolderAt } from "../start/data-folder.ts";
import { localEnvironment } from "../start/local-environment.ts";
import { type LocalJson, readLocalJson } from "../start/local-json.ts";
import { VerifyError } from "./verify-error.ts";

export interface DeploymentOptions {
  readonly region?: string;
  readonly tablePrefix?: string;
  readonly logBucket?: string;
  readonly logPrefix?: string;
  /** Which tenants have metrics of their own; CloudWatch is not asked without it. */
  readonly metrics?: WorkerSettings["CAPROCK_METRICS_CARDINALITY"];
  /** Where the local platform keeps its data. */
  readonly dataFolder?: string;
}

/** What is said in turns is no matter of a verification. */
const verifiedSettings = workerSettings.omit({ CAPROCK_TURN_BODIES_BUCKET: true });

/** The settings that the deployment's worker has decide what can be compared with what. */
export interface Deployment {
  readonly settings: Omit<WorkerSettings, "CAPROCK_TURN_BODIES_BUCKET">;
  /** What `start` wrote; absent on AWS. */
  readonly local?: LocalJson;
}

const projectFolder = fileURLToPath(new URL("../../../../", import.meta.url));
const answerTimeoutMs = 5_000;

/** Throws VerifyError when there is none to be found. */
export async function findDeployment(options: DeploymentOptions): Promise<Deployment> {
  const { region, tablePrefix, logBucket, logPrefix, metrics } = options;
  if (region === undefined && tablePrefix === undefined) {
    return findLocal(options);
  }
  if (region === undefined || tablePrefix === undefined) {
    throw new VerifyError("A deployment on AWS is named by --region and --table-prefix together.");
  }
  try {
    return {
      settings: {
        ...loadSettings(verifiedSettings),
        AWS_REGION: region,
        CAPROCK_TABLE_PREFIX: tablePrefix,
        ...(logBucket === undefined ? {} : { CAPROCK_INVOCATION_LOG_BUCKET: logBucket }),
        ...(logPrefix === undefined ? {} : { CAPROCK_INVOCATION_LOG_PREFIX: logPrefix }),
        ...(metrics && { CAPROCK_METRICS: "cloudwatch", CAPROCK_METRICS_CARDINALITY: metrics }),
      },
    };
  } catch (error) {
    throw error instanceof SettingsError ? new VerifyError(error.message) : error;
  }
}

async function findLocal({ dataFolder }: DeploymentOptions): Promise<Deployment> {
  const { root, localJson } = dataFolderAt(resolve(dataFolder ?? join(projectFolder, ".caprock")));
  const local = await readLocalJson(localJson);
  if (!local) {
    throw new VerifyError(
      `No platform was started from ${root}. Start one, or name a deployment on AWS: --region <region> --table-prefix <prefix>.`,
    );
  }
  const answer = await fetch(`${local.awsLocalUrl}/_aws-local/health`, {
    signal: AbortSignal.timeout(answerTimeoutMs),
  }).catch(() => undefined);
  await answer?.body?.cancel();
  if (!answer?.ok) {
    throw new VerifyError(
      `The platform that was started from ${root} does not run (${local.awsLocalUrl} does not answer). Start it, then try again.`,
    );
  }
  return {
    settings: loadSettings(verifiedSettings, localEnvironment(local.awsLocalUrl)),
    local,
  };
}
