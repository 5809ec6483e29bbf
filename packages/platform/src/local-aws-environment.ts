/** The environment by which a process reaches a local AWS, and nothing else. */
import { localCredentials } from "./aws-clients.ts";

/**
 * Whatever AWS settings the user's shell has are overruled or removed: a local platform never calls a real account.
 * `undefined` removes a variable.
 */
export function localAwsEnvironment(awsLocalUrl: string): Record<string, string | undefined> {
  return {
    AWS_ENDPOINT_URL: awsLocalUrl,
    AWS_ENDPOINT_URL_BEDROCK: undefined,
    AWS_ENDPOINT_URL_BEDROCK_RUNTIME: undefined,
    AWS_ENDPOINT_URL_BEDROCK_AGENT_RUNTIME: undefined,
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE: undefined,
    AWS_ENDPOINT_URL_BEDROCK_AGENTCORE_CONTROL: undefined,
    AWS_ENDPOINT_URL_CLOUDWATCH: undefined,
    AWS_ENDPOINT_URL_DYNAMODB: undefined,
    AWS_ENDPOINT_URL_S3: undefined,
    AWS_ENDPOINT_URL_SNS: undefined,
    AWS_ENDPOINT_URL_SQS: undefined,
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: undefined,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    AWS_BEARER_TOKEN_BEDROCK: undefined,
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  };
}
