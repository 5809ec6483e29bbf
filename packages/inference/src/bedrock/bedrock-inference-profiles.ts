/** Inference profiles through Bedrock's control plane. */
import {
  type BedrockClient,
  BedrockServiceException,
  CreateInferenceProfileCommand,
  GetInferenceProfileCommand,
  ResourceNotFoundException,
  ThrottlingException,
} from "@aws-sdk/client-bedrock";
import { CaprockError, type ModelId } from "@caprock/domain";
import type { InferenceProfiles, NewInferenceProfile } from "../inference-profiles.ts";

export class BedrockInferenceProfiles implements InferenceProfiles {
  private readonly client: BedrockClient;
  private readonly region: string;

  constructor(client: BedrockClient, region: string) {
    this.client = client;
    this.region = region;
  }

  async create({ name, sourceId, isSystemProfile, tags }: NewInferenceProfile): Promise<string> {
    // A system profile's ARN names the account, which the service tells.
    const copyFrom = isSystemProfile
      ? (await this.read(sourceId))?.inferenceProfileArn
      : `arn:aws:bedrock:${this.region}::foundation-model/${sourceId}`;
    const { inferenceProfileArn } = await this.client
      .send(
        new CreateInferenceProfileCommand({
          inferenceProfileName: name,
          modelSource: { copyFrom: copyFrom ?? sourceId },
          tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
        }),
      )
      .catch((error) => {
        throw inAwsWords(error);
      });
    if (inferenceProfileArn === undefined) {
      throw new Error("Bedrock made an inference profile and did not name it.");
    }
    return inferenceProfileArn;
  }

  async modelsOf(arn: string): Promise<readonly ModelId[] | undefined> {
    const profile = await this.read(arn);
    return profile?.models?.flatMap(({ modelArn }) => modelArn?.split("/").at(-1) ?? []);
  }

  private async read(inferenceProfileIdentifier: string) {
    try {
      return await this.client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        return undefined;
      }
      throw error;
    }
  }
}

/** A quota, a missing right or a bad name is the admin's to mend, and AWS alone can say which; it says nothing secret. */
function inAwsWords(error: unknown): unknown {
  const isRefusal =
    error instanceof BedrockServiceException &&
    error.$fault === "client" &&
    !(error instanceof ThrottlingException);
  return isRefusal
    ? new CaprockError(
        {
          code: "upstream_rejected",
          message: `AWS did not make the inference profile: ${error.name}: ${error.message}`,
        },
        error,
      )
    : error;
}
