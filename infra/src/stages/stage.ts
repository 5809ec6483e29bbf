/** What can differ between two deployments of Caprock: data only, no construct reads anything else. */
import type { apiSettings, workerSettings } from "@caprock/platform";
import type { EnvironmentOf } from "../environment.ts";

/** Settings that the constructs derive, or that have no place on AWS: a stage cannot contradict what is deployed. */
type NotForStages =
  | "AWS_ENDPOINT_URL"
  | "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"
  | "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"
  | "AWS_REGION"
  | "CAPROCK_ACCESS_KEY_SECRET"
  | "CAPROCK_TOKEN_PRIVATE_KEY"
  | "CAPROCK_ADMIN_TOKEN_SHA256"
  | "CAPROCK_ALERT_TOPIC_ARN"
  | "CAPROCK_ALERT_WEBHOOK_SECRET"
  | "CAPROCK_BILLING_EXPORT_BUCKET"
  | "CAPROCK_BILLING_EXPORT_PATH"
  | "CAPROCK_INVOCATION_LOG_BUCKET"
  | "CAPROCK_MEMORY_ID"
  | "CAPROCK_MEMORY_QUEUE_URL"
  | "CAPROCK_SESSION_STORE"
  | "CAPROCK_INVOCATION_LOG_PREFIX"
  | "CAPROCK_LOG_LEVEL"
  | "CAPROCK_TABLE_PREFIX"
  | "CAPROCK_TURN_BODIES_BUCKET";

export interface Stage {
  /** The stack's name: a folder under `cdktf.out/stacks`. */
  readonly name: string;
  readonly region: string;
  /** Everything is named `<namePrefix>-<what>`; it is also the processes' CAPROCK_TABLE_PREFIX. */
  readonly namePrefix: string;
  /** Put on every resource that can carry tags, beside `project` and `stage`. */
  readonly tags: Readonly<Record<string, string>>;
  /**
   * The S3 bucket that keeps Terraform's state, with S3's own locking (Terraform 1.10 or newer). It must exist
   * before `terraform init`. Without it, state is a file in the infra folder: fit for one person's trial only.
   */
  readonly remoteState?: { readonly bucket: string; readonly key: string; readonly region: string };
  /**
   * API Gateway's log role and Bedrock's invocation logging exist once per account and region, and applying
   * this stage replaces what is set there. False leaves both alone: access logs then need a log role that
   * someone else has set, and `existingInvocationLog` names the log. Without any invocation log, a call whose
   * outcome nobody told keeps its hold until an operator releases it, and a cut stream keeps its estimated cost.
   */
  readonly ownsRegionSettings: boolean;
  /**
   * The bucket that Bedrock logs to already, in this account and region; only where `ownsRegionSettings` is
   * false. The prefix is the one of Bedrock's logging setting, without a slash at its end. The worker is let
   * into the bucket, not to a KMS key: a bucket with a key of its own needs that grant from its owner.
   */
  readonly existingInvocationLog?: { readonly bucketName: string; readonly prefix?: string };
  /**
   * Where AWS delivers this account's bill: an export of CUR 2.0 as gzip/csv that overwrites its files. The path is
   * `<prefix>/<export name>`. Without it the ledger is not compared with the bill.
   */
  readonly billingExport?: { readonly bucketName: string; readonly path: string };
  /**
   * Short-lived access tokens and CloudFront, which checks them at the edge, for IDEs. Terraform asks for the private key
   * (`openssl genpkey -algorithm ed25519 -outform DER | base64`); this is its public one
   * (`base64 -d | openssl pkey -inform DER -pubout -outform DER | base64`).
   */
  readonly edge?: { readonly tokenPublicKey: string };
  /** Where sessions are kept; `bedrock` is Bedrock Session Management. A change begins without any session: each has its own. */
  readonly sessionStore: "dynamodb" | "bedrock";
  /** Makes AgentCore's memory and the ingestion queue before it; without, there is no long-term memory. */
  readonly longTermMemory?: boolean;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logRetentionDays: number;
  readonly invocationLogRetentionDays: number;
  /**
   * Whether the log that this stage owns keeps the text of prompts and answers, of every tenant. False, unless
   * the first deployment shows that Bedrock writes no records without it: see `invocation-log.ts`.
   */
  readonly logBodies: boolean;
  /** What the API may invoke, as in the last part of the ARN: an id, or a pattern with `*`. */
  readonly bedrock: {
    readonly foundationModels: readonly string[];
    readonly inferenceProfiles: readonly string[];
  };
  readonly api: {
    readonly memoryMb: number;
    /** Most calls served at once; taken from the account's concurrency, of which AWS wants 100 left over. */
    readonly reservedConcurrency: number;
    /** The gateway's throttle over all tenants; the limits of each tenant are Caprock's. */
    readonly requestsPerSecond: number;
    readonly requestBurst: number;
    readonly settings: Partial<Omit<EnvironmentOf<typeof apiSettings>, NotForStages>>;
  };
  /** The function of WebSockets: each turn, and each connection that follows one, takes one of its instances. */
  readonly socket: {
    readonly memoryMb: number;
    readonly reservedConcurrency: number;
  };
  readonly worker: {
    readonly memoryMb: number;
    readonly timeoutSeconds: number;
    /** EventBridge schedule expression. */
    readonly schedule: string;
    readonly settings: Partial<Omit<EnvironmentOf<typeof workerSettings>, NotForStages>>;
  };
}
