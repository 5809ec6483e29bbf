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

/**
 * "You must include any x-amz-* headers" (AWS IAM user guide, "Create a signed AWS API request"). CloudFront adds one of
 * its own after the signing (CloudFront developer guide, "Request and response behavior for custom origins").
 */
const mustBeSigned = (name: string) => name.startsWith("x-amz-") && name !== "x-amz-cf-id";

/** How far a signer's clock may be off; the same as AWS's own services allow. */
const longestSkewMs = 5 * 60_000;

const authorizationPattern =
  /^AWS4-HMAC-SHA256 +Credential=(?<id>[\w-]{1,128})\/(?<scope>\d{8}\/[a-z0-9-]{1,40}\/[a-z0-9-]{1,40}\/aws4_request), *SignedHeaders=(?<headers>[a-z0-9:;-]{1,2000}), *Signature=(?<signature>[0-9a-f]{64})$/;

/**
 * What the request says of its signature; undefined when it is not signed. Refuses with `invalid_signature` what is
 * malformed, leaves the host, the time or another x-amz- header unsigned, or was signed at another time than about now.
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
  const unsigned = [...headers.keys()].find((name) => mustBeSigned(name) && !signedHeaders.includes(name));
  if (unsigned !== undefined) {
    return invalid(
      `The signature must cover every x-amz- header that is sent, but not "${unsigned.slice(0, 60)}".`,
    );
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
    return canonicalHeaders(signature, request).some((headers) => {
      const canonical = canonicalRequest(path, headers, bodySha256, signature, request);
      const toSign = [algorithm, signature.signedAt, signature.scope, sha256Hex(canonical)].join("\n");
      return timingSafeEqual(hmac(key, toSign), Buffer.from(signature.signature, "hex"));
    });
  });
}

function canonicalRequest(
  path: string,
  headers: string,
  bodySha256: string,
  { signedHeaders }: AwsSignature,
  { method, url }: SignedRequest,
): string {
  return [method, path, canonicalQuery(url), headers, signedHeaders.join(";"), bodySha256].join("\n");
}

/** In the order of encoded names, and of encoded values where a name is there more than once. */
function canonicalQuery({ searchParams }: URL): string {
  return [...searchParams]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => inOrder(name, otherName) || inOrder(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function inOrder(text: string, other: string): number {
  return text < other ? -1 : text > other ? 1 : 0;
}

/**
 * The signed headers as their signer may have had them: values of a repeated header are joined by "," when they are
 * signed, and arrive here joined by ", ", as one value may have been written.
 */
function canonicalHeaders(
  { signedHeaders }: AwsSignature,
  { url, headers }: SignedRequest,
): readonly string[] {
  const lines = signedHeaders.map((name) => {
    const value = hostNames.includes(name) ? (headers.get("host") ?? url.host) : (headers.get(name) ?? "");
    return `${name}:${value.trim().replaceAll(/\s+/g, " ")}\n`;
  });
  const written = lines.join("");
  const repeated = lines.map((line) => line.replaceAll(", ", ",")).join("");
  return written === repeated ? [written] : [written, repeated];
}

/**
 * The paths that a signer may have had. Every segment is encoded once more than it was sent. Whoever stands in front may
 * have decoded any character, the slash within a model's ARN too, so the segments are put together again.
 */
function canonicalPaths(path: string): readonly string[] {
  const encodedOnceMore = (parts: readonly string[]) => parts.map(encode).join("/");
  const sent = path.split("/");
  const segments = sent.map((segment) => encode(decode(segment)));
  const [, root, ...rest] = segments;
  const last = rest.pop();
  const paths = [encodedOnceMore(sent), encodedOnceMore(segments)];
  if (root === "model" && last !== undefined && rest.length > 1) {
    paths.push(encodedOnceMore(["", root, rest.join("%2F"), last]));
  }
  return [...new Set(paths)];
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
