/** Names a request to AWS as IAM does: which action it is, on what, and the value that a policy may ask for besides. */
import type { IncomingHttpHeaders } from "node:http";

export interface AwsRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/**
 * "dynamodb:Query test-accounts/index/byOwner", "s3:GetObject test-turn-bodies/tenants/t1/…", "bedrock:InvokeModel
 * inference-profile/us.amazon.nova-lite-v1:0", "bedrock-agentcore:CreateEvent memory t1/actors/ann". The service is the one
 * that the request is signed for. What it cannot name is "unknown", and so in no policy.
 */
export function actionsOf(request: AwsRequest): readonly string[] {
  const service = /\/([\w-]+)\/aws4_request/.exec(String(request.headers.authorization))?.[1] ?? "nothing";
  const named = services[service]?.(request) ?? [];
  return named.length > 0 ? named : [`${service}:unknown ${request.method} ${request.url}`];
}

const services: Readonly<Record<string, (request: AwsRequest) => readonly string[]>> = {
  dynamodb(request) {
    const { TableName, IndexName, RequestItems } = json<{
      TableName?: string;
      IndexName?: string;
      RequestItems?: Record<string, unknown>;
    }>(request);
    const tables = TableName === undefined ? Object.keys(RequestItems ?? {}) : [TableName];
    const index = IndexName === undefined ? "" : `/index/${IndexName}`;
    return tables.map((table) => `dynamodb:${targetOf(request)} ${table}${index}`);
  },
  /** The bucket stands first in the path, and a listing has no key. */
  s3({ method, url }) {
    const [, bucket = "", key = ""] = /^\/([^/?]*)\/?([^?]*)/.exec(url) ?? [];
    if (key === "") {
      return method === "GET" ? [`s3:ListBucket ${bucket}`] : [];
    }
    const verb = { GET: "Get", HEAD: "Get", PUT: "Put", DELETE: "Delete" }[method];
    return verb === undefined ? [] : [`s3:${verb}Object ${bucket}/${decodeURIComponent(key)}`];
  },
  sns({ body }) {
    const form = new URLSearchParams(body.toString());
    return [`sns:${form.get("Action")} ${String(form.get("TopicArn")).split(":").at(-1)}`];
  },
  sqs(request) {
    return [`sqs:${targetOf(request)} ${json<{ QueueUrl: string }>(request).QueueUrl.split("/").at(-1)}`];
  },
  monitoring: (request) => [`cloudwatch:${targetOf(request)} *`],
  bedrock: ({ method, url }) =>
    bedrockPaths.flatMap(([pattern, action, kind]) => {
      const [, id] = pattern.exec(`${method} ${url}`) ?? [];
      return id === undefined ? [] : [`bedrock:${action} ${resourceOf(decodeURIComponent(id), kind)}`];
    }),
  "bedrock-agentcore"(request) {
    const { method, url } = request;
    return memoryPaths.flatMap(([pattern, action, member]) => {
      const [matched, actor] = pattern.exec(`${method} ${url}`) ?? [];
      if (matched === undefined) {
        return [];
      }
      const value = actor
        ? decodeURIComponent(actor)
        : member && json<Record<string, string>>(request)[member];
      return [`bedrock-agentcore:${action} memory${value === undefined ? "" : ` ${value}`}`];
    });
  },
};

/** Converse and its stream are authorised as the two kinds of InvokeModel (Bedrock API reference, Converse). */
const bedrockPaths: readonly (readonly [RegExp, string, string?])[] = [
  [/^POST \/model\/([^/]+)\/(?:converse|invoke)$/, "InvokeModel"],
  [
    /^POST \/model\/([^/]+)\/(?:converse-stream|invoke-with-response-stream)$/,
    "InvokeModelWithResponseStream",
  ],
  [/^POST \/model\/([^/]+)\/count-tokens$/, "CountTokens"],
  [/^POST \/guardrail\/([^/]+)\/version\/[^/]+\/apply$/, "ApplyGuardrail", "guardrail"],
  // What it is copied from, and the profile itself, whose id is not known yet; tags are set with it.
  [/^POST \/(inference-profiles)$/, "CreateInferenceProfile", "application-inference-profile"],
  [/^POST \/(inference-profiles)$/, "TagResource", "application-inference-profile"],
  [/^GET \/inference-profiles\/([^/]+)$/, "GetInferenceProfile"],
];

/** The actor of the path, or the member of the body, is what conditions ask for. */
const memoryPaths: readonly (readonly [RegExp, string, string?])[] = [
  [/^POST \/memories\/[^/]+\/events$/, "CreateEvent", "actorId"],
  [/^POST \/memories\/[^/]+\/retrieve$/, "RetrieveMemoryRecords", "namespacePath"],
  [/^POST \/memories\/[^/]+\/memoryRecords$/, "ListMemoryRecords", "namespacePath"],
  [/^POST \/memories\/[^/]+\/memoryRecords\/batchDelete$/, "BatchDeleteMemoryRecords"],
  [/^POST \/memories\/[^/]+\/actors$/, "ListActors"],
  [/^POST \/memories\/[^/]+\/actor\/([^/]+)\/sessions$/, "ListSessions"],
  [/^POST \/memories\/[^/]+\/actor\/([^/]+)\/sessions\/[^/]+$/, "ListEvents"],
  [/^DELETE \/memories\/[^/]+\/actor\/([^/]+)\/sessions\/[^/]+\/events\/[^/]+$/, "DeleteEvent"],
];

/** An id as the end of its ARN. */
function resourceOf(id: string, kind?: string): string {
  const [, ofArn] = /^arn:aws:bedrock:[^:]*:[^:]*:(.+)$/.exec(id) ?? [];
  const isProfile = /^(us|eu|apac|jp|au|global)\./.test(id);
  return ofArn ?? `${kind ?? (isProfile ? "inference-profile" : "foundation-model")}/${id}`;
}

/** The operation that AWS's JSON protocol names in a header. */
function targetOf({ headers }: AwsRequest): string {
  return String(headers["x-amz-target"]).split(".").at(-1) ?? "";
}

function json<T>({ body }: AwsRequest): T {
  return JSON.parse(body.toString()) as T;
}
