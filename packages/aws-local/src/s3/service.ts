/** S3, path style: create a bucket; put, get, head, delete and list objects, with faults. */
import type { Exchange } from "../exchange.ts";
import type { Faults } from "../faults.ts";
import { QueryError, strikeQuery } from "../query-service.ts";
import { newId } from "../system.ts";
import { escapeXml, xmlDeclaration } from "../xml.ts";
import { decodeAwsChunked } from "./aws-chunked.ts";
import type { ListedObject, ObjectStore } from "./object-store.ts";

/** S3's error codes with their HTTP status and words. */
const errors = {
  NoSuchKey: [404, "The specified key does not exist."],
  NoSuchBucket: [404, "The specified bucket does not exist"],
  InvalidBucketName: [400, "The specified bucket is not valid."],
  IncompleteBody: [400, "The request body terminated unexpectedly"],
  InvalidURI: [400, "Couldn't parse the specified URI."],
  NotImplemented: [501, "aws-local does not serve this S3 operation."],
} as const;

class S3Error extends QueryError {
  constructor(code: keyof typeof errors) {
    const [httpStatus, message] = errors[code];
    super(code, httpStatus, message);
  }
}

const defaultMaxKeys = 1_000;

/** What an answer is: its status, its headers and its body. */
type Answer = Parameters<Exchange["send"]>;

/** Answers one S3 request. */
export async function serveS3(exchange: Exchange, store: ObjectStore, faults: Faults): Promise<void> {
  try {
    const { bucket, key } = target(exchange.path);
    const fault = faults.takeS3(operationOf(exchange.method, key), bucket);
    await strikeQuery(fault, exchange.gone, ["SlowDown", 503], ["InternalError", 500]);
    const answer =
      key === ""
        ? await answerOfBucket(exchange, store, bucket)
        : await answerOfObject(exchange, store, bucket, key);
    if (fault?.kind === "lostAnswer") {
      exchange.cut();
    } else {
      exchange.send(...answer);
    }
  } catch (error) {
    if (!(error instanceof QueryError)) {
      throw error;
    }
    const body = `<Error><Code>${error.code}</Code><Message>${error.message}</Message></Error>`;
    exchange.send(
      error.httpStatus,
      { "content-type": "application/xml", "x-amz-request-id": newId() },
      xmlDeclaration + body,
    );
  }
}

/** By which faults name it. */
function operationOf(method: string, key: string): string {
  if (key === "") {
    return method === "PUT" ? "CreateBucket" : "ListObjectsV2";
  }
  return `${method.charAt(0)}${method.slice(1).toLowerCase()}Object`;
}

async function answerOfBucket(exchange: Exchange, store: ObjectStore, bucket: string): Promise<Answer> {
  if (exchange.method === "PUT") {
    if (!(await store.createBucket(bucket))) {
      throw new S3Error("InvalidBucketName");
    }
    return [200, { location: `/${bucket}` }];
  }
  if (exchange.method === "GET" && exchange.query.get("list-type") === "2") {
    await requireBucket(store, bucket);
    return [200, { "content-type": "application/xml" }, await listing(exchange.query, store, bucket)];
  }
  throw new S3Error("NotImplemented");
}

async function answerOfObject(
  exchange: Exchange,
  store: ObjectStore,
  bucket: string,
  key: string,
): Promise<Answer> {
  await requireBucket(store, bucket);
  switch (exchange.method) {
    case "PUT": {
      if (exchange.headers["x-amz-copy-source"] !== undefined || exchange.query.has("partNumber")) {
        throw new S3Error("NotImplemented");
      }
      const etag = await store.put(bucket, key, content(exchange), keptHeaders(exchange));
      return [200, { etag: `"${etag}"` }];
    }
    case "GET":
    case "HEAD": {
      const found = await store.get(bucket, key);
      if (found === undefined) {
        throw new S3Error("NoSuchKey");
      }
      const { body, etag, headers, modifiedMs } = found;
      return [
        200,
        { ...headers, etag: `"${etag}"`, "last-modified": new Date(modifiedMs).toUTCString() },
        body,
      ];
    }
    case "DELETE":
      await store.delete(bucket, key);
      return [204, {}];
    default:
      throw new S3Error("NotImplemented");
  }
}

function target(path: string): { bucket: string; key: string } {
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  try {
    return { bucket: decodeURIComponent(bucket), key: decodeURIComponent(key) };
  } catch {
    throw new S3Error("InvalidURI");
  }
}

async function requireBucket(store: ObjectStore, bucket: string): Promise<void> {
  if (!(await store.hasBucket(bucket))) {
    throw new S3Error("NoSuchBucket");
  }
}

function content({ headers, body }: Exchange): Buffer {
  if (!String(headers["x-amz-content-sha256"]).startsWith("STREAMING-")) {
    return body;
  }
  try {
    return decodeAwsChunked(body);
  } catch {
    throw new S3Error("IncompleteBody");
  }
}

function keptHeaders({ headers }: Exchange): Record<string, string> {
  const kept: Record<string, string> = { "content-type": headers["content-type"] ?? "binary/octet-stream" };
  const encoding = headers["content-encoding"]?.replace(/aws-chunked,?\s*/, "");
  if (encoding) {
    kept["content-encoding"] = encoding;
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith("x-amz-meta-")) {
      kept[name] = String(value);
    }
  }
  return kept;
}

async function listing(query: URLSearchParams, store: ObjectStore, bucket: string): Promise<string> {
  const prefix = query.get("prefix") ?? "";
  const delimiter = query.get("delimiter") ?? "";
  const token = query.get("continuation-token");
  const after =
    token === null ? (query.get("start-after") ?? "") : Buffer.from(token, "base64url").toString();
  const maxKeys = Math.min(Number(query.get("max-keys") ?? defaultMaxKeys), defaultMaxKeys);
  const all = await store.list(bucket, prefix);
  const entries = new Map<string, string>();
  for (const object of all.filter(({ key }) => Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)) {
    const cut = delimiter === "" ? -1 : object.key.indexOf(delimiter, prefix.length);
    if (cut === -1) {
      entries.set(object.key, contentsXml(object, encoderOf(query)));
    } else {
      const folder = object.key.slice(0, cut + delimiter.length);
      entries.set(
        folder,
        `<CommonPrefixes><Prefix>${escapeXml(encoderOf(query)(folder))}</Prefix></CommonPrefixes>`,
      );
    }
  }
  // A page that ended with a folder goes on behind everything in it.
  entries.delete(after);
  const page = [...entries].slice(0, maxKeys);
  const last = page.at(-1)?.[0];
  const more = last !== undefined && entries.size > page.length;
  const next = more
    ? `<NextContinuationToken>${Buffer.from(last).toString("base64url")}</NextContinuationToken>`
    : "";
  return (
    `${xmlDeclaration}<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${bucket}</Name>` +
    `<Prefix>${escapeXml(encoderOf(query)(prefix))}</Prefix><KeyCount>${page.length}</KeyCount><MaxKeys>${maxKeys}</MaxKeys>` +
    `<IsTruncated>${more}</IsTruncated>${next}${page.map(([, xml]) => xml).join("")}</ListBucketResult>`
  );
}

function contentsXml({ key, size, modifiedMs }: ListedObject, encode: (text: string) => string): string {
  return (
    `<Contents><Key>${escapeXml(encode(key))}</Key><LastModified>${new Date(modifiedMs).toISOString()}</LastModified>` +
    `<Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`
  );
}

function encoderOf(query: URLSearchParams): (text: string) => string {
  return query.get("encoding-type") === "url" ? encodeURIComponent : (text) => text;
}
