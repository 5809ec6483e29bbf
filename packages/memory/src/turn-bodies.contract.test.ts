import type { S3Client } from "@aws-sdk/client-s3";
import { type AwsLocal, startAwsLocal } from "@caprock/aws-local";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TurnBodies } from "./sessions/turn-bodies.ts";
import { localTurnBodies } from "./testing/local-turn-bodies.ts";

let awsLocal: AwsLocal;
let s3: S3Client;
let inS3: TurnBodies;
beforeAll(async () => {
  awsLocal = await startAwsLocal();
  ({ s3, bodies: inS3 } = await localTurnBodies(awsLocal.url));
});
afterAll(async () => {
  s3.destroy();
  await awsLocal.close();
});

const [tenant, other] = ["t000000000001", "t000000000002"];

async function names(bodies: TurnBodies, tenantId: string, prefix: string): Promise<string[]> {
  const found = [];
  for await (const name of bodies.namesBelow(tenantId, prefix)) {
    found.push(name);
  }
  return found.sort();
}

describe.each([["S3", () => inS3]] as const)("%s", (_, adapter) => {
  test("what was put is got back byte by byte, replaced by what is put again, and gone once deleted", async () => {
    const bodies = adapter();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        await bodies.put(tenant, "a/b", Buffer.from("before"));
        await bodies.put(tenant, "a/b", bytes);
        expect(Buffer.from((await bodies.get(tenant, "a/b")) ?? [])).toEqual(Buffer.from(bytes));
      }),
      { numRuns: 10 },
    );
    await bodies.delete(tenant, "a/b");
    await bodies.delete(tenant, "a/b");
    expect(await bodies.get(tenant, "a/b")).toBeUndefined();
  });

  test("a tenant's bodies are found under their prefix, and under no other tenant's", async () => {
    const bodies = adapter();
    for (const name of ["x/1", "x/2", "xx/1"]) {
      await bodies.put(tenant, name, Buffer.from(name));
    }
    await bodies.put(other, "x/1", Buffer.from("theirs"));
    expect(await names(bodies, tenant, "x/")).toEqual(["x/1", "x/2"]);
    expect(await names(bodies, tenant, "")).toEqual(["x/1", "x/2", "xx/1"]);
    await bodies.delete(tenant, "x/1");
    expect(await names(bodies, other, "")).toEqual(["x/1"]);
    await expect(bodies.put(`${other}/sessions/x`, "1", Buffer.from("x"))).rejects.toThrow("not a tenant id");
  });
});
