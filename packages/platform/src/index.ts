/** What every process needs before it does anything: settings, AWS clients, logs, time. */
export {
  type AwsClientOptions,
  bedrockRuntimeEndpoint,
  createAgentCoreClient,
  createAgentCoreControlClient,
  createBedrockClient,
  createBedrockSessionsClient,
  createCloudWatchClient,
  createCredentialProvider,
  createDocumentClient,
  createS3Client,
  createSnsClient,
  createSqsClient,
  type DocumentClient,
  localCredentials,
} from "./aws-clients.ts";
export { childEnvironment, loadSettings, SettingsError } from "./config/load-settings.ts";
export {
  type ApiSettings,
  apiSettings,
  startSettings,
  type WorkerSettings,
  workerSettings,
} from "./config/settings.ts";
export { localAwsEnvironment } from "./local-aws-environment.ts";
export { createLogger, type Logger, type LoggerOptions } from "./logger.ts";
export { systemClock, systemPause, systemRandom, systemRepeat, systemTimer } from "./system.ts";
