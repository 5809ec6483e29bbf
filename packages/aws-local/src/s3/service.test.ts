import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  NoSuchBucket,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AwsLocal, startAwsLocal } from "../server.ts";
import { decodeAwsChunked } from "./aws-chunked.ts";

const Bucket = "documents";
let folder: string;
let local: AwsLocal;
let client: S3Client;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "aws-local-"));
  local = await startAwsLocal({ dataFolder: join(folder, "data") });
  client = new S3Client({
    endpoint: local.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 1,
  });
  await client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(async () => {
  client.destroy();
  await local.close();
  await rm(folder, { recursive: true });
});

const read = async (Key: string) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
};

test("an object comes back with its content, type and metadata", async () => {
  const Key = "a folder/ünï&<code>+.txt";
  await client.send(
    new PutObjectCommand({
      Bucket,
      Key,
      Body: "hällo",
      ContentType: "text/plain",
      Metadata: { color: "red" },
    }),
  );
  expect(await read(Key)).toBe("hällo");
  const head = await client.send(new HeadObjectCommand({ Bucket, Key }));
  expect(head).toMatchObject({ ContentLength: 6, ContentType: "text/plain", Metadata: { color: "red" } });
});

test("a streamed upload is stored without its chunk framing", async () => {
  const text = "line of text\n".repeat(20_000);
  const Body = Readable.from([text.slice(0, 100_000), text.slice(100_000)]);
  await client.send(new PutObjectCommand({ Bucket, Key: "streamed", Body, ContentLength: text.length }));
  expect(await read("streamed")).toBe(text);
});

test("aws-chunked content is decoded whatever its chunks", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 })), (chunks) => {
      const frames = chunks.flatMap((chunk) => [
        Buffer.from(`${chunk.length.toString(16)};chunk-signature=0\r\n`),
        chunk,
        Buffer.from("\r\n"),
      ]);
      const body = Buffer.concat([...frames, Buffer.from("0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n")]);
      expect(decodeAwsChunked(body)).toEqual(Buffer.concat(chunks));
    }),
  );
});

test("a listing pages through the keys of a prefix in order", async () => {
  const keys = ["list/a", "list/a/b", "list/b", "list/ä"];
  for (const Key of [...keys, "listless"]) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  }
  const seen: string[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: "list/", MaxKeys: 3, ContinuationToken }),
    );
    seen.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ""));
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  expect(seen).toEqual(keys);
});

test("with a delimiter each folder is listed once, over pages too", async () => {
  for (const Key of ["tree/a/1", "tree/a/2", "tree/b", "tree/c/d/3", "tree/c/e"]) {
    await client.send(new PutObjectCommand({ Bucket, Key, Body: "x" }));
  }
  const pages: string[][] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket, Prefix: "tree/", Delimiter: "/", MaxKeys: 1, ContinuationToken }),
    );
    pages.push([
      ...(page.CommonPrefixes ?? []).map(({ Prefix = "" }) => Prefix),
      ...(page.Contents ?? []).map(({ Key = "" }) => Key),
    ]);
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken);
  expect(pages).toEqual([["tree/a/"], ["tree/b"], ["tree/c/"]]);
});

test("a deleted object, like one that never was, is NoSuchKey", async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: "gone", Body: "x" }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: "gone" }));
  await expect(read("gone")).rejects.toBeInstanceOf(NoSuchKey);
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: "gone" }))).rejects.toMatchObject({
    name: "NotFound",
  });
});

test("an unknown bucket is NoSuchBucket", async () => {
  const put = client.send(new PutObjectCommand({ Bucket: "unknown", Key: "x", Body: "x" }));
  await expect(put).rejects.toMatchObject({ name: "NoSuchBucket" });
  const list = client.send(new ListObjectsV2Command({ Bucket: "unknown" }));
  await expect(list).rejects.toBeInstanceOf(NoSuchBucket);
});

test.each([
  ["throttle", "SlowDown", 503],
  ["error", "InternalError", 500],
  ["unavailable", "ServiceUnavailable", 503],
] as const)(
  "a fault of the kind %s strikes the operation that it names, once, as %s",
  async (kind, name, httpStatusCode) => {
    local.addFault({ service: "s3", kind, operation: "GetObject" });
    await client.send(new PutObjectCommand({ Bucket, Key: "faulty", Body: kind }));
    await expect(read("faulty")).rejects.toMatchObject({ name, $metadata: { httpStatusCode } });
    expect(await read("faulty")).toBe(kind);
  },
);

test("what was put is there although its answer was lost", async () => {
  local.addFault({ service: "s3", kind: "error", bucket: "another" });
  local.addFault({ service: "s3", kind: "lostAnswer", operation: "PutObject", bucket: Bucket });
  const put = client.send(new PutObjectCommand({ Bucket, Key: "lost", Body: "x" }));
  await expect(put).rejects.toMatchObject({ code: "ECONNRESET" });
  expect(await read("lost")).toBe("x");
  local.clearFaults();
});

test("no key or bucket name reaches outside the data folder", async () => {
  for (const path of ["/documents/..%2F..%2F..%2F..%2Fescaped", "/documents/%2e%2e/%2e%2e/%2e%2e/escaped"]) {
    await fetch(local.url + path, { method: "PUT", body: "x" });
  }
  const put = await fetch(`${local.url}/..%2Fescaped/key`, { method: "PUT", body: "x" });
  expect(put.status).toBe(404);
  expect((await fetch(`${local.url}/..%2Fescaped`, { method: "PUT" })).status).toBe(400);
  expect(existsSync(join(folder, "escaped"))).toBe(false);
  expect(await read("../../../../escaped")).toBe("x");
});
