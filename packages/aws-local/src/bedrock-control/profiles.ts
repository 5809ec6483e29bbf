/** Inference profiles: those of an account's applications, which are made, and the system's, which are there. */
import { join } from "node:path";
import { z } from "zod";
import { accountId } from "../account.ts";
import { JsonFile } from "../json-file.ts";
import { newId } from "../system.ts";

const applicationProfile = z.object({
  id: z.string(),
  name: z.string(),
  /** What it was made from: a model id, or a system profile's. */
  sourceId: z.string(),
  tags: z.array(z.object({ key: z.string(), value: z.string() })),
  createdAtMs: z.number(),
});
export type ApplicationProfile = z.infer<typeof applicationProfile>;

/** Prefixes of the profiles that AWS defines (Bedrock user guide, "inference-profiles-support"). */
const systemProfile = /^(us|eu|apac|jp|au|ca|us-gov|global)\.(?<modelId>.+)$/;

export class Profiles {
  private readonly file: JsonFile<ApplicationProfile[]>;
  private readonly all: ApplicationProfile[];
  private readonly region: string;

  /** Without a folder they are forgotten at close. */
  constructor(folder: string | undefined, region: string) {
    this.file = new JsonFile(folder && join(folder, "profiles.json"), z.array(applicationProfile));
    this.all = this.file.read() ?? [];
    this.region = region;
  }

  create(made: Omit<ApplicationProfile, "id">): ApplicationProfile {
    const profile = { ...made, id: newId().replaceAll("-", "").slice(0, 12) };
    this.all.push(profile);
    this.file.write(this.all);
    return profile;
  }

  /** False where there is none. */
  delete(id: string): boolean {
    const at = this.all.findIndex((profile) => profile.id === id);
    if (at !== -1) {
      this.all.splice(at, 1);
      this.file.write(this.all);
    }
    return at !== -1;
  }

  find(id: string): ApplicationProfile | undefined {
    return this.all.find((profile) => profile.id === id);
  }

  list(): readonly ApplicationProfile[] {
    return this.all;
  }

  arnOf({ id }: ApplicationProfile): string {
    return `arn:aws:bedrock:${this.region}:${accountId}:application-inference-profile/${id}`;
  }

  systemArnOf(id: string): string | undefined {
    return systemProfile.test(id)
      ? `arn:aws:bedrock:${this.region}:${accountId}:inference-profile/${id}`
      : undefined;
  }

  modelArnOf(sourceId: string): string {
    const modelId = systemProfile.exec(sourceId)?.groups?.modelId ?? sourceId;
    return `arn:aws:bedrock:${this.region}::foundation-model/${modelId}`;
  }

  /** The model or system profile behind what a caller named; the name itself where it is no application's profile. */
  sourceOf(modelId: string): string | undefined {
    const id = /:application-inference-profile\/([^/]+)$/.exec(modelId)?.[1];
    return id === undefined ? modelId : this.find(id)?.sourceId;
  }
}
