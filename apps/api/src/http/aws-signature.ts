/**
 * Reads and checks the Signature Version 4 of a request (AWS General Reference, "Create a signed AWS API request").
 * The signature library of the AWS SDK signs what it is given and leaves out headers of its own choice, so it cannot
 * check what another signer has signed.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { type Refusal, refusal } from "@caprock/domain";

/** What the `authorization` header of a signed request says. */
export interface AwsSignature {
  readonly accessKeyId: string;
  /** "20261126/us-east-1/bedrock/aws4_request" */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  /** Hex. */
  readonly signature: string;
  /** As the header `x-amz-date` has it: "20261126T120000Z". */
  readonly signedAt: string;
}

/** What is signed. */
export interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const algorithm = "AWS4-HMAC-SHA256";

/** The same in HTTP/1.1 and HTTP/2; the AWS SDK signs the one that it sends. */
const hostNames = ["host", ":authority"];

/** How far a signer's clock may be off; the same as AWS's own services allow. */
const longestSkewMs = 5 * 60_000;

const authorizationPattern =
  /^AWS4-HMAC-SHA256 +Credential=(?<id>[\w-]{1,128})\/(?<scope>\d{8}\/[a-z0-9-]{1,40}\/[a-z0-9-]{1,40}\/aws4_request), *SignedHeaders=(?<headers>[a-z0-9:;-]{1,2000}), *Signature=(?<signature>[0-9a-f]{64})$/;

/**
 * What the request says of its signature; undefined when it is not signed. Refuses with `invalid_signature` what is
 * malformed, leaves the host or the time unsigned, or was signed at another time than about now.
 */
export function readAwsSignature(headers: Headers, nowMs: number): AwsSignature | Refusal | undefined {
  const authorization = headers.get("authorization") ?? "";
  if (!authorization.startsWith(algorithm)) {
    return undefined;
  }
  const parts = authorizationPattern.exec(authorization)?.groups;
  if (!parts) {
    return invalid("The authorization header is no well-formed AWS4-HMAC-SHA256 signature.");
  }
  const { id = "", scope = "", headers: names = "", signature = "" } = parts;
  const signedHeaders = names.split(";");
  if (!hostNames.some((name) => signedHeaders.includes(name)) || !signedHeaders.includes("x-amz-date")) {
    return invalid("The signature must cover the headers host and x-amz-date.");
  }
  const signedAt = headers.get("x-amz-date") ?? "";
  const signedAtMs = parseAmzDate(signedAt);
  if (signedAtMs === undefined || !scope.startsWith(signedAt.slice(0, 8))) {
    return invalid("The header x-amz-date must be a time such as 20261126T120000Z, of the signature's day.");
  }
  if (Math.abs(nowMs - signedAtMs) > longestSkewMs) {
    const now = new Date(nowMs).toISOString();
    return invalid(
      `The request was signed at ${signedAt} and it is ${now} here: more than five minutes apart. Set the clock right.`,
    );
  }
  return { accessKeyId: id, scope, signedHeaders, signature, signedAt };
}

/** Whether the signature is that of `secretAccessKey` over the request, body included. */
export function isSignedWith(
  secretAccessKey: string,
  signature: AwsSignature,
  request: SignedRequest,
): boolean {
  const bodySha256 = sha256Hex(request.body);
  if ((request.headers.get("x-amz-content-sha256") ?? bodySha256) !== bodySha256) {
    return false;
  }
  const key = signature.scope
    .split("/")
    .reduce<Buffer | string>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  return canonicalPaths(request.url.pathname).some((path) => {
    const canonical = canonicalRequest(path, bodySha256, signature, request);
    const toSign = [algorithm, signature.signedAt, signature.scope, sha256Hex(canonical)].join("\n");
    return timingSafeEqual(hmac(key, toSign), Buffer.from(signature.signature, "hex"));
  });
}

function canonicalRequest(
  path: string,
  bodySha256: string,
  { signedHeaders }: AwsSignature,
  { method, url, headers }: SignedRequest,
): string {
  const lines = signedHeaders.map((name) => {
    const value = hostNames.includes(name) ? (headers.get("host") ?? url.host) : (headers.get(name) ?? "");
    return `${name}:${value.trim().replaceAll(/\s+/g, " ")}\n`;
  });
  const query = [...url.searchParams]
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join("&");
  return [method, path, query, lines.join(""), signedHeaders.join(";"), bodySha256].join("\n");
}

/**
 * Every segment of the path as it was sent is encoded once more. A model's ARN has a slash within its segment; whoever
 * stands in front may have decoded it, and any other character too, so the segment is put together again.
 */
function canonicalPaths(path: string): readonly string[] {
  const segments = path.split("/").map((segment) => encode(decode(segment)));
  const doubled = (parts: readonly string[]) => parts.map(encode).join("/");
  const [, root, ...rest] = segments;
  const last = rest.pop();
  return root === "model" && last !== undefined && rest.length > 1
    ? [doubled(segments), doubled(["", root, rest.join("%2F"), last])]
    : [doubled(segments)];
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Percent-encodes all but the unreserved characters of RFC 3986, as AWS has it. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function parseAmzDate(text: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const [, year, month, day, hour, minute, second] = parts ?? [];
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256Hex(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

function invalid(message: string): Refusal {
  return refusal({ code: "invalid_signature", message });
}
