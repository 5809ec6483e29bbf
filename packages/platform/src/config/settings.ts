/** Every setting a process can be given, with its meaning; SETTINGS.md is generated from these schemas. */
import { z } from "zod";

const port = z.coerce.number().int().min(0).max(65_535);
const milliseconds = z.coerce.number().int().positive();

/** What every process that touches AWS needs. Credentials and endpoints are the AWS SDK's own variables. */
const awsSettings = {
  AWS_REGION: z.string().min(1).default("us-east-1").describe("Region of the tables and of Bedrock."),
  CAPROCK_TABLE_PREFIX: z
    .string()
    .regex(/^[a-zA-Z0-9_.-]{1,200}$/)
    .default("caprock-local")
    .describe("Tables are named `<prefix>-<table>`."),
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
  CAPROCK_LOG_LEVEL: z
    .enum(["debug", "info", "warn", "error"])
    .default("info")
    .describe("Least level that is logged."),
};

export const apiSettings = z.object({
  ...awsSettings,
  CAPROCK_ADMIN_TOKEN_SHA256: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe("SHA-256 of the admin token, hex. The token itself is never given to a process."),
  CAPROCK_API_HOST: z.string().default("127.0.0.1").describe("Address the API listens on."),
  CAPROCK_API_PORT: port.default(4100).describe("Port the API listens on."),
  CAPROCK_MAX_BODY_BYTES: z.coerce
    .number()
    .int()
    .positive()
    .default(20_000_000)
    .describe("Largest accepted body."),
  CAPROCK_HOLD_TTL_MS: milliseconds
    .default(20 * 60_000)
    .describe("Age at which a hold counts as abandoned. A call may take three quarters of it."),
  CAPROCK_DEFAULT_MAX_OUTPUT_TOKENS: z.coerce
    .number()
    .int()
    .positive()
    .default(4096)
    .describe("Asked of the model when a request names no maximum, so that its worst case is known."),
  AWS_ENDPOINT_URL: z
    .url()
    .optional()
    .describe("Where all AWS services are, if not on AWS; `start` points it at aws-local."),
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
  CAPROCK_INVOCATION_LOG_GRACE_MS: milliseconds
    .default(30 * 60_000)
    .describe("A call that the invocation log does not show this long after its hold expired never ran."),
});
export type WorkerSettings = z.infer<typeof workerSettings>;

/** What `caprock start` looks at itself; the rest of its environment goes on to what it starts. */
export const startSettings = z.object({
  MODEL_URL: z
    .url()
    .optional()
    .describe("OpenAI-compatible server that answers in place of the local simulation."),
});
