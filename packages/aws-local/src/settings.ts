/** The environment variables of the aws-local process: the only place of the package that reads them. */
import { readFileSync } from "node:fs";
import { z } from "zod";
import { localModelSchema } from "./bedrock/models.ts";
import type { AwsLocalOptions } from "./server.ts";

const settingsSchema = z.object({
  /** Port on loopback; 0 takes a free one. */
  AWS_LOCAL_PORT: z.coerce.number().int().min(0).max(65_535).default(4566),
  AWS_LOCAL_DATA_DIR: z.string().min(1).optional(),
  AWS_LOCAL_TTFT_MS: z.coerce.number().min(0).default(0),
  /** 0 is as fast as the client reads. */
  AWS_LOCAL_TOKENS_PER_SECOND: z.coerce.number().min(0).default(0),
  AWS_LOCAL_INVOCATION_LOG_BUCKET: z.string().min(3).optional(),
  /** A JSON file with the models that exist; without it every model id does. */
  AWS_LOCAL_MODELS_FILE: z.string().min(1).optional(),
  AWS_REGION: z.string().min(1).default("us-east-1"),
  /** Base URL of an OpenAI-compatible server, up to and without "/chat/completions". */
  MODEL_URL: z.url().optional(),
  /** The model to ask there; Bedrock's model id when absent. */
  MODEL_NAME: z.string().min(1).optional(),
  MODEL_API_KEY: z.string().min(1).optional(),
});

/** Reads the settings. Throws a ZodError that names each wrong variable. */
export function readSettings(): AwsLocalOptions {
  const settings = settingsSchema.parse(process.env);
  const modelsFile = settings.AWS_LOCAL_MODELS_FILE;
  return {
    port: settings.AWS_LOCAL_PORT,
    dataFolder: settings.AWS_LOCAL_DATA_DIR,
    models:
      modelsFile === undefined
        ? undefined
        : z.array(localModelSchema).parse(JSON.parse(readFileSync(modelsFile, "utf8"))),
    speed: {
      timeToFirstTokenMs: settings.AWS_LOCAL_TTFT_MS,
      tokensPerSecond: settings.AWS_LOCAL_TOKENS_PER_SECOND,
    },
    invocationLogBucket: settings.AWS_LOCAL_INVOCATION_LOG_BUCKET,
    region: settings.AWS_REGION,
    modelUrl: settings.MODEL_URL,
    modelName: settings.MODEL_NAME,
    modelApiKey: settings.MODEL_API_KEY,
  };
}
