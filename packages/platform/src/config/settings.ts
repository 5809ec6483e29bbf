/** Every setting a process can be given, with its meaning; SETTINGS.md is generated from these schemas. */
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().positive();
const basisPoints = z.coerce.number().int().min(0).max(10_000);

/** What every process that touches AWS needs. Credentials and endpoints are the AWS SDK's own variables. */
const awsSettings = {
  AWS_REGION: z.string().min(1).default("us-east-1").describe("Region of the tables and of Bedrock."),
  CAPROCK_TABLE_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{1,200}$/)
    .default("caprock-local")
    .describe("Tables are named `<prefix>-<table>`."),
  CAPROCK_TURN_BODIES_BUCKET: z
    .string()
    .min(3)
    .describe(
      "Bucket of what is said in turns that are too large for the table of sessions. Its lifecycle removes objects, at the earliest a day after CAPROCK_SESSION_KEPT_MS.",
    ),
  CAPROCK_INVOCATION_LOG_BUCKET: z
    .string()
    .optional()
    .describe(
      "Bucket of Bedrock's model invocation logs; without it, cut streams keep their estimated cost.",
    ),
  CAPROCK_INVOCATION_LOG_PREFIX: z
    .string()
    .default("")
    .describe("Key prefix given in Bedrock's logging setting."),
  CAPROCK_INVOCATION_LOG_GRACE_MS: milliseconds
    .default(30 * 60_000)
    .describe(
      "A call that the invocation log does not show this long after its hold expired never ran, and its estimate is final. The same for API and worker.",
    ),
  CAPROCK_RECONCILE_GRACE_MS: milliseconds
    .default(2 * 3_600_000)
    .describe("How long calls must be over before they are compared with the invocation log."),
  CAPROCK_BILLING_EXPORT_BUCKET: z
    .string()
    .optional()
    .describe(
      "Bucket of AWS's bill, an export of CUR 2.0 as gzip/csv; without it, bills are not reconciled.",
    ),
  CAPROCK_BILLING_DELAY_MS: milliseconds
    .default(72 * 3_600_000)
    .describe("How long a day must be over before it is compared with the bill."),
  CAPROCK_BILLING_TENANT_TAG: z
    .string()
    .min(1)
    .default("caprock-tenant")
    .describe("Cost allocation tag of application inference profiles that names the tenant's id."),
  CAPROCK_BILLING_MODEL_TAG: z
    .string()
    .min(1)
    .default("caprock-model")
    .describe("Cost allocation tag of application inference profiles that names the catalog's model id."),
  CAPROCK_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Least level that is logged."),
  CAPROCK_CLOSE_MONTH_AFTER_MS: milliseconds
    .default(3 * 86_400_000)
    .describe(
      "How long after its end a tenant's month is closed at the earliest; what comes later is an adjustment. The same for API and worker.",
    ),
  CAPROCK_HOLD_TTL_MS: milliseconds
    .default(20 * 60_000)
    .describe(
      "Age at which a hold counts as abandoned. A call may take three quarters of it. The worker holds for what it takes into long-term memory.",
    ),
  CAPROCK_MEMORY_ID: z
    .string()
    .min(1)
    .optional()
    .describe("AgentCore's memory of this deployment; without it, there is no long-term memory."),
  CAPROCK_MEMORY_QUEUE_URL: z
    .url()
    .optional()
    .describe("SQS queue by which sessions are taken into long-term memory; needed with CAPROCK_MEMORY_ID."),
  CAPROCK_SESSION_STORE: z
    .enum(["dynamodb", "bedrock"])
    .default("dynamodb")
    .describe(
      "Where sessions are kept: `bedrock` keeps what was said in Bedrock Session Management. Each knows nothing of what the other keeps. The same for API and worker.",
    ),
  CAPROCK_METRICS: z
    .enum(["off", "cloudwatch", "emf"])
    .default("off")
    .describe(
      "Where metrics go: `cloudwatch` calls PutMetricData, which suits a process; `emf` writes them to stdout, where CloudWatch finds them in a Lambda function's log.",
    ),
  CAPROCK_METRICS_CARDINALITY: z
    .enum(["all", "top", "off"])
    .default("top")
    .describe(
      "Which tenants have metrics of their own: all, those that spend most (the rest are summed as `other`), or none. `GET /admin/v1/metrics/policy` tells what each costs a month.",
    ),
  CAPROCK_METRICS_TOP_TENANTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(20)
    .describe("How many tenants have metrics of their own under the cardinality `top`."),
};

export const apiSettings = z.object({
  ...awsSettings,
  CAPROCK_ADMIN_TOKEN_SHA256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("SHA-256 of the admin token, hex. The token itself is never given to a process."),
  CAPROCK_ACCESS_KEY_SECRET: z
    .string()
    .min(32)
    .optional()
    .describe(
      "Secret of this deployment, of which the access key pairs of callers that sign with AWS SDKs are made; another one makes other pairs. Without it, requests are not taken signed, but with API keys only.",
    ),
  CAPROCK_TOKEN_PRIVATE_KEY: z
    .string()
    .regex(/^[A-Za-z0-9+/]{60,70}={0,2}$/)
    .optional()
    .describe(
      "Signs short-lived access tokens: an Ed25519 key as PKCS #8, DER in base64 (`openssl genpkey -algorithm ed25519 -outform DER | base64`). Without it, there are none.",
    ),
  CAPROCK_API_HOST: z.string().default("127.0.0.1").describe("Address the API listens on."),
  CAPROCK_API_PORT: port.default(4100).describe("Port the API listens on."),
  CAPROCK_MAX_BODY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(20_000_000)
    .describe("Largest accepted body."),
  CAPROCK_SESSION_KEPT_MS: milliseconds
    .default(90 * 24 * 3_600_000)
    .describe(
      "How long a turn of a session is kept after it was said; at most 29 days where Bedrock keeps it.",
    ),
  CAPROCK_SESSION_LEASE_MS: milliseconds
    .default(60_000)
    .describe("How long a session waits for a turn whose process has died, before another turn may begin."),
  CAPROCK_SEARCH_DEADLINE_MS: milliseconds
    .default(300)
    .describe(
      "How long an answer waits until the older turns of its chat can be searched; when it takes longer, only the newest are, and the context report tells how many are not.",
    ),
  CAPROCK_SEARCH_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(200_000_000)
    .describe(
      "How much memory a process gives to the search indexes of the chats that it has answered lately, about 1.5 kB a message; one chat gets at most half of it. A chat without an index is read and indexed again.",
    ),
  CAPROCK_RECALL_DEADLINE_MS: milliseconds
    .default(800)
    .describe("How long an answer waits for long-term memory; what is later is answered without."),
  CAPROCK_RECALL_BUDGET_TOKENS: z.coerce
    .number()
    .int()
    .positive()
    .default(1_500)
    .describe("The most that is recalled from long-term memory for a question."),
  CAPROCK_MEMORY_DEADLINE_MS: milliseconds
    .default(10_000)
    .describe(
      "How long who reads what is remembered waits for each page of it, and who has it forgotten for all; that goes on behind the answer, which says so.",
    ),
  CAPROCK_INGESTION_DELAY_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(900_000)
    .default(60_000)
    .describe(
      "How long after a turn its session is taken into long-term memory, in whole seconds, and at most half of CAPROCK_SESSION_KEPT_MS; what is said meanwhile goes along, since each event is charged.",
    ),
  CAPROCK_VECTOR_MEMORY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(50_000_000)
    .describe(
      "How much memory a process gives to the vectors of the sessions that it has searched lately: about 1.2 kB a message. Those of a session without them are read again.",
    ),
  CAPROCK_EMBEDDING_DEADLINE_MS: milliseconds
    .default(400)
    .describe(
      "How long an answer waits for its question to be embedded, where its tenant's policy names an embedding model; what is later is answered by a search for words alone.",
    ),
  CAPROCK_DEFAULT_MAX_OUTPUT_TOKENS: z.coerce
    .number()
    .int()
    .positive()
    .default(4096)
    .describe("Asked of the model when a request names no maximum, so that its worst case is known."),
  CAPROCK_OPEN_STREAM_MAX_OUTPUT_TOKENS: z.coerce
    .number()
    .int()
    .positive()
    .default(16_384)
    .describe(
      "The same for streams, which are held for in slices while they run. Bedrock counts it against quota.",
    ),
  AWS_ENDPOINT_URL: z
    .url()
    .optional()
    .describe("Where all AWS services are, if not on AWS; `start` points it at aws-local."),
  AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI: z
    .url()
    .optional()
    .describe("Where API Gateway's connections are, if not at the address that its events name."),
  AWS_ENDPOINT_URL_BEDROCK_RUNTIME: z.url().optional().describe("Where Bedrock Runtime is, if not on AWS."),
  CAPROCK_DRAIN_TIMEOUT_MS: milliseconds
    .default(30_000)
    .describe("How long a stopping process lets streams finish."),
  CAPROCK_UPSTREAM_IDLE_TIMEOUT_MS: milliseconds
    .default(300_000)
    .describe("Longest silence of Bedrock, before the answer or within it, that is waited out."),
});
export type ApiSettings = z.infer<typeof apiSettings>;

export const workerSettings = z.object({
  ...awsSettings,
  CAPROCK_WORKER_PORT: port.default(4103).describe("Port of the worker's health check."),
  CAPROCK_WORKER_INTERVAL_MS: milliseconds.default(5_000).describe("Pause between two rounds of the worker."),
  CAPROCK_INVOCATION_LOG_RETRY_MS: milliseconds
    .default(60_000)
    .describe("How soon the worker looks again for a call that the invocation log did not show."),
  CAPROCK_RECONCILE_TOLERANCE_BASIS_POINTS: basisPoints
    .default(10)
    .describe("Drift from the invocation log, in hundredths of a percent, above which an alert is raised."),
  CAPROCK_BILLING_EXPORT_PATH: z
    .string()
    .default("")
    .describe("`<prefix>/<export name>` of the export in its bucket. The export must overwrite its files."),
  CAPROCK_BILLING_TOLERANCE_BASIS_POINTS: basisPoints
    .default(100)
    .describe("Drift from the bill, in hundredths of a percent, above which an alert is raised."),
  CAPROCK_ALERT_TOPIC_ARN: z.string().min(1).optional().describe("SNS topic that alerts are published to."),
  CAPROCK_ALERT_WEBHOOK_URL: z
    .url()
    .optional()
    .describe("HTTPS address that alerts are posted to, signed as Standard Webhooks has it."),
  CAPROCK_ALERT_WEBHOOK_SECRET: z
    .string()
    .regex(/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/)
    .optional()
    .describe("Signs what is posted: `whsec_` and the base64 of 24 to 64 random bytes."),
  CAPROCK_ALERT_WEBHOOK_PRIVATE: z
    .enum(["refused", "allowed"])
    .default("refused")
    .describe("Whether the webhook may be at a private address, and on plain HTTP."),
  CAPROCK_ALERT_INTERVAL_MS: milliseconds
    .default(30_000)
    .describe("Pause between two looks at how far limits are used up, and at what is to be delivered."),
  CAPROCK_ALERT_REPORT_INTERVAL_MS: milliseconds
    .default(15 * 60_000)
    .describe("Pause between two looks at forecasts and unusual spend."),
});
export type WorkerSettings = z.infer<typeof workerSettings>;

/** What `caprock start` looks at itself; the rest of its environment goes on to what it starts. */
export const startSettings = z.object({
  MODEL_URL: z
    .url()
    .optional()
    .describe("OpenAI-compatible server that answers in place of the local simulation."),
});
