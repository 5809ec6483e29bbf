/** Port: inference profiles of this account's applications: what AWS's bill tells tenants apart by. */
import type { ModelId } from "@caprock/domain";

export interface InferenceProfiles {
  /**
   * Makes a profile from a model or a system profile, named by the id that it is called by. Resolves with its ARN. Tags
   * reach the bill once they are activated as cost allocation tags.
   */
  create(wanted: NewInferenceProfile): Promise<string>;
  /** The models behind a profile, by their bare ids; undefined where there is no such profile. */
  modelsOf(arn: string): Promise<readonly ModelId[] | undefined>;
}

export interface NewInferenceProfile {
  readonly name: string;
  /** A bare model id, or a system profile's id such as "us.anthropic.claude-sonnet-5". */
  readonly sourceId: string;
  readonly isSystemProfile: boolean;
  readonly tags: Readonly<Record<string, string>>;
}
