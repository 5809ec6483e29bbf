import { createHash, createHmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isSignedWith, readAwsSignature, type SignedRequest } from "./aws-signature.ts";

const secret = "the secret of a pair";
const signedAt = new Date("2026-11-26T12:00:00Z");
const nowMs = signedAt.getTime();

/** The hash that the AWS SDK's signer asks for, by Node. */
class Sha256 {
  private readonly hash;

  constructor(key?: string | ArrayBuffer | ArrayBufferView) {
    const bytes = key === undefined || typeof key === "string" ? key : Buffer.from(key as Uint8Array);
    this.hash = bytes === undefined ? createHash("sha256") : createHmac("sha256", bytes);
  }

  update(data: string | Uint8Array): void {
    this.hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return new Uint8Array(this.hash.digest());
  }

  reset(): void {}
}

const signer = new SignatureV4({
  region: "us-east-1",
  service: "bedrock",
  credentials: { accessKeyId: "CRPK0", secretAccessKey: secret },
  sha256: Sha256,
});

/** Names that begin like one another, so that their order with and without values differs. */
const name = fc.stringMatching(/^[a-c](-?[a-c0-9.~*'()! ]){0,3}$/);
const asked = fc.record({
  segments: fc.array(fc.stringMatching(/^[\w:%~!'()*+-][\w:%.~!'()*+-]{0,11}$/), {
    minLength: 1,
    maxLength: 3,
  }),
  query: fc.dictionary(name, fc.oneof(fc.string(), fc.array(fc.string(), { minLength: 1, maxLength: 3 })), {
    maxKeys: 4,
  }),
  headers: fc.dictionary(
    fc.stringMatching(/^x-(amz-)?[a-f]{1,5}$/),
    fc.stringMatching(/^[ -~]([ -~]{0,20})$/).map((value) => value.trim()),
    { maxKeys: 4, noNullPrototype: true },
  ),
  body: fc.string(),
});
type Asked = typeof asked extends fc.Arbitrary<infer Value> ? Value : never;

/** What the AWS SDK signs, as it arrives. */
async function arrived({ segments, query, headers, body }: Asked): Promise<SignedRequest> {
  const path = `/${segments.map(encodeURIComponent).join("/")}`;
  const signed = await signer.sign(
    {
      method: "POST",
      protocol: "https:",
      hostname: "caprock.example",
      path,
      query,
      headers: { host: "caprock.example", ...headers },
      body,
    },
    { signingDate: signedAt },
  );
  const url = new URL(`https://caprock.example${path}`);
  for (const [queryName, value] of Object.entries(query)) {
    for (const each of [value].flat()) {
      url.searchParams.append(queryName, each);
    }
  }
  return { method: "POST", url, headers: new Headers(signed.headers), body: new TextEncoder().encode(body) };
}

function isGood(request: SignedRequest): boolean {
  const signature = readAwsSignature(request.headers, nowMs);
  return signature !== undefined && !("refused" in signature) && isSignedWith(secret, signature, request);
}

test("whatever the AWS SDK signs is taken, and nothing of it with one thing changed", async () => {
  await fc.assert(
    fc.asyncProperty(asked, fc.stringMatching(/^[a-z]{1,8}$/), async (call, other) => {
      const request = await arrived(call);
      expect(isGood(request)).toBe(true);

      const longer = new URL(request.url);
      longer.searchParams.append("added", other);
      expect(isGood({ ...request, url: longer })).toBe(false);
      const elsewhere = new URL(request.url);
      elsewhere.pathname += `/${other}`;
      expect(isGood({ ...request, url: elsewhere })).toBe(false);
      expect(isGood({ ...request, method: "PUT" })).toBe(false);
      expect(isGood({ ...request, body: Buffer.concat([request.body, Buffer.from(other)]) })).toBe(false);
      for (const header of Object.keys(call.headers)) {
        const headers = new Headers(request.headers);
        headers.set(header, `${headers.get(header)}${other}`);
        expect(isGood({ ...request, headers })).toBe(false);
      }
    }),
    { numRuns: 500 },
  );
});

test("an x-amz- header that nobody signed is refused by name, but for what CloudFront adds", async () => {
  const request = await arrived({ segments: ["model"], query: {}, headers: {}, body: "" });
  request.headers.set("x-amz-cf-id", "added on the way");
  expect(isGood(request)).toBe(true);
  request.headers.set("x-amz-acl", "slipped in");
  expect(readAwsSignature(request.headers, nowMs)).toMatchObject({
    refused: { code: "invalid_signature", message: expect.stringContaining('"x-amz-acl"') },
  });
});

test("a header that is sent twice is taken as signers join it", async () => {
  const request = await arrived({
    segments: ["model"],
    query: {},
    headers: { "x-twice": "one,two" },
    body: "",
  });
  request.headers.delete("x-twice");
  request.headers.append("x-twice", "one");
  request.headers.append("x-twice", "two");
  expect(isGood(request)).toBe(true);
});
