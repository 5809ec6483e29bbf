/** Bedrock's control plane, as far as inference profiles go, over restJson1. */
import { z } from "zod";
import { AwsError } from "../aws-error.ts";
import type { Exchange } from "../exchange.ts";
import { newId, nowMs } from "../system.ts";
import type { ApplicationProfile, Profiles } from "./profiles.ts";

/** What the paths of inference profiles begin with. */
export const profilesPath = "/inference-profiles";

const createBody = z.object({
  inferenceProfileName: z
    .string()
    .regex(/^([0-9a-zA-Z][ _-]?)+$/)
    .max(64),
  modelSource: z.object({ copyFrom: z.string().min(1) }),
  tags: z
    .array(z.object({ key: z.string().min(1).max(128), value: z.string().max(256) }))
    .max(200)
    .default([]),
});

const sourceArn = /^arn:aws:bedrock:[a-z0-9-]+:\d*:(foundation-model|inference-profile)\/(?<id>[^/]+)$/;

/** Answers one request under /inference-profiles. */
export function serveProfiles(exchange: Exchange, profiles: Profiles): void {
  const requestId = newId();
  try {
    const id = decodeURIComponent(exchange.path.slice(profilesPath.length).replace(/^\//, ""));
    const [status, body] = answer(exchange, id, profiles);
    exchange.sendJson(status, body, { "x-amzn-requestid": requestId });
  } catch (error) {
    const known =
      error instanceof AwsError ? error : new AwsError("ValidationException", "The request is malformed.");
    exchange.sendJson(
      known.httpStatus,
      { message: known.message },
      { "x-amzn-errortype": known.name, "x-amzn-requestid": requestId },
    );
  }
}

function answer(exchange: Exchange, id: string, profiles: Profiles): readonly [status: number, body: object] {
  const { method } = exchange;
  if (method === "POST" && id === "") {
    return [201, create(exchange, profiles)];
  }
  if (method === "GET" && id === "") {
    return [200, { inferenceProfileSummaries: profiles.list().map((one) => view(one, profiles)) }];
  }
  if (method === "GET") {
    return [200, read(id, profiles)];
  }
  if (method === "DELETE" && profiles.delete(lastPart(id))) {
    return [200, {}];
  }
  throw notFound(id);
}

function create(exchange: Exchange, profiles: Profiles): object {
  const body = createBody.parse(JSON.parse(exchange.body.toString()));
  const sourceId = sourceArn.exec(body.modelSource.copyFrom)?.groups?.id;
  if (sourceId === undefined) {
    throw new AwsError("ValidationException", "copyFrom must be the ARN of a model or of a system profile.");
  }
  const profile = profiles.create({
    name: body.inferenceProfileName,
    sourceId,
    tags: body.tags,
    createdAtMs: nowMs(),
  });
  return { inferenceProfileArn: profiles.arnOf(profile), status: "ACTIVE" };
}

function read(id: string, profiles: Profiles): object {
  const name = lastPart(id);
  const profile = profiles.find(name);
  if (profile) {
    return view(profile, profiles);
  }
  const systemArn = profiles.systemArnOf(name);
  if (systemArn === undefined) {
    throw notFound(id);
  }
  return {
    inferenceProfileName: name,
    inferenceProfileArn: systemArn,
    inferenceProfileId: name,
    models: [{ modelArn: profiles.modelArnOf(name) }],
    status: "ACTIVE",
    type: "SYSTEM_DEFINED",
  };
}

/** AWS tells the models behind a profile, and not the profile that it was copied from. */
function view(profile: ApplicationProfile, profiles: Profiles): object {
  return {
    inferenceProfileName: profile.name,
    inferenceProfileArn: profiles.arnOf(profile),
    inferenceProfileId: profile.id,
    models: [{ modelArn: profiles.modelArnOf(profile.sourceId) }],
    createdAt: new Date(profile.createdAtMs).toISOString(),
    status: "ACTIVE",
    type: "APPLICATION",
  };
}

function lastPart(id: string): string {
  return id.split("/").at(-1) ?? "";
}

function notFound(id: string): AwsError {
  return new AwsError("ResourceNotFoundException", `There is no inference profile "${id}".`);
}
